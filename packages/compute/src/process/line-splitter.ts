/** Cuts a stream of bytes into lines of text. */
import { StringDecoder } from 'node:string_decoder'

const maxLineLength = 64 * 1024

/** Feeds `onLine` with each line, without its end; lines past 64 Ki characters are cut into several. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  push(bytes: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#emit(line)
    while (this.#rest.length > maxLineLength) {
      this.#onLine(this.#rest.slice(0, maxLineLength))
      this.#rest = this.#rest.slice(maxLineLength)
    }
  }

  /** Gives out what follows the last line end, if anything. */
  end(): void {
    const rest = this.#rest + this.#decoder.end()
    this.#rest = ''
    if (rest !== '') this.#emit(rest)
  }

  #emit(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    for (let start = 0; start === 0 || start < text.length; start += maxLineLength) {
      this.#onLine(text.slice(start, start + maxLineLength))
    }
  }
}
