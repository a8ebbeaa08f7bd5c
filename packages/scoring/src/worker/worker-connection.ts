/** The connection to a worker's Unix socket: made at once, and again whenever it is lost. */
import { connect, type Socket } from 'node:net'
import { type Frame, FrameDecoder, FrameError } from './frames.ts'

const firstRetryMs = 10
const lastRetryMs = 1_000
const maxFrameBytes = 1_073_741_824

export interface WorkerConnectionOptions {
  socketPath: string
  /** May throw FrameError: the connection is cut then. */
  onFrame(frame: Frame): void
  /** It was lost, or could not be made; another attempt follows. */
  onLost(): void
  /** What the worker sent makes no sense: the connection will be lost. */
  onNonsense(error: FrameError): void
}

export class WorkerConnection {
  readonly #options: WorkerConnectionOptions
  #socket: Socket | undefined
  #retryTimer: NodeJS.Timeout | undefined
  #retryMs = firstRetryMs
  #isClosed = false

  constructor(options: WorkerConnectionOptions) {
    this.#options = options
    this.#connect()
  }

  /** Writes a frame; what is written while there is no connection is lost. */
  send([start, body]: Buffer[]): void {
    const socket = this.#socket
    if (socket === undefined || start === undefined) return
    if (body === undefined) {
      socket.write(start)
      return
    }
    socket.cork()
    socket.write(start)
    socket.write(body)
    socket.uncork()
  }

  /** The worker answers: the next loss is followed by an attempt at once. */
  settle(): void {
    this.#retryMs = firstRetryMs
  }

  /** Ends this connection; another attempt follows. */
  cut(): void {
    this.#socket?.destroy()
  }

  /** Ends it for good; nothing is reported any more. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retryTimer)
    this.#socket?.destroy()
  }

  #connect(): void {
    const socket = connect(this.#options.socketPath)
    const decoder = new FrameDecoder(maxFrameBytes, (frame) => {
      if (!this.#isClosed) this.#options.onFrame(frame)
    })
    this.#socket = socket
    socket.on('data', (chunk) => {
      try {
        decoder.push(chunk)
      } catch (error) {
        if (!(error instanceof FrameError)) throw error
        this.#options.onNonsense(error)
        socket.destroy()
      }
    })
    // A failed attempt and a lost connection alike end in `close`.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#onClose())
  }

  #onClose(): void {
    this.#socket = undefined
    if (this.#isClosed) return
    this.#retryTimer = setTimeout(() => this.#connect(), this.#retryMs)
    this.#retryMs = Math.min(lastRetryMs, this.#retryMs * 2)
    this.#options.onLost()
  }
}
