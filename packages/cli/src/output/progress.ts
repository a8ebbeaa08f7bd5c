/** Shows on stderr what is being waited for: one changing line on a terminal, a line per change elsewhere. */
import type { Sink } from '../world.ts'

const frames = ['◒', '◐', '◓', '◑']
const frameMs = 100
/** Without a terminal, amounts are told this often at most. */
const quietMs = 5000

export class Progress {
  readonly #sink: Sink
  readonly #now: () => number
  #message = ''
  #frame = 0
  #timer: NodeJS.Timeout | undefined
  #toldAt: number | undefined

  constructor(sink: Sink, now: () => number) {
    this.#sink = sink
    this.#now = now
  }

  /** What is going on now. */
  say(message: string): void {
    if (message === this.#message) return
    this.#message = message
    if (!this.#sink.isTerminal) this.#tell(message)
    else this.#spin()
  }

  /** As `say`, for amounts that change all the time: without a terminal one now and then is told. */
  sayAmount(message: string): void {
    this.#toldAt ??= this.#now()
    if (this.#sink.isTerminal || this.#now() - this.#toldAt >= quietMs) this.say(message)
  }

  /** A line that stays, such as one of a log. */
  line(text: string): void {
    this.#clear()
    this.#sink.write(`${text}\n`)
    if (this.#timer) this.#draw()
  }

  /** Takes the changing line away. The progress can be used again. */
  end(): void {
    clearInterval(this.#timer)
    if (this.#timer) this.#clear()
    this.#timer = undefined
    this.#message = ''
  }

  #tell(message: string): void {
    this.#toldAt = this.#now()
    this.#sink.write(`${message}\n`)
  }

  #spin(): void {
    this.#timer ??= setInterval(() => {
      this.#frame += 1
      this.#draw()
    }, frameMs).unref()
    this.#draw()
  }

  #draw(): void {
    const line = `${frames[this.#frame % frames.length]} ${this.#message}`
    this.#sink.write(`\r\u001B[K${line.slice(0, this.#sink.columns - 1)}`)
  }

  #clear(): void {
    if (this.#timer) this.#sink.write('\r\u001B[K')
  }
}
