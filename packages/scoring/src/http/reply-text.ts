/** The heads of replies as text, byte for byte as node:http writes them. */
import { STATUS_CODES } from 'node:http'
import type { ReplyHead } from './client-request.ts'

export class ReplyText {
  readonly #keepAlive: readonly string[]
  readonly #keepAliveLines: string
  readonly #statusLines = new Map<number, string>()
  #second = -1
  #date = ''

  constructor(keepAliveTimeoutMs: number) {
    const seconds = Math.floor(keepAliveTimeoutMs / 1_000)
    this.#keepAlive = ['Connection', 'keep-alive', 'Keep-Alive', `timeout=${seconds}`]
    this.#keepAliveLines = `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n\r\n`
  }

  /** Only for headers that are known to be right. */
  head({ status, headers }: ReplyHead, isLast: boolean): string {
    let text = this.#statusLine(status)
    for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`
    const date = this.#dateNow()
    if (isLast) return `${text}Connection: close\r\nDate: ${date}\r\n\r\n`
    return `${text}Date: ${date}\r\n${this.#keepAliveLines}`
  }

  /** What node:http adds by itself to a reply of its own server. */
  connectionHeaders({ headers }: ReplyHead, isLast: boolean): readonly string[] {
    if (isLast) return ['Connection', 'close']
    const hasDate = headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'date')
    return hasDate ? this.#keepAlive : ['Date', this.#dateNow(), ...this.#keepAlive]
  }

  #statusLine(status: number): string {
    const known = this.#statusLines.get(status)
    if (known !== undefined) return known
    const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`
    this.#statusLines.set(status, line)
    return line
  }

  #dateNow(): string {
    const nowMs = Date.now()
    const second = Math.floor(nowMs / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#date = new Date(nowMs).toUTCString()
    }
    return this.#date
  }
}
