/** Frames between the gateway and a worker: `u32 length | u8 type | u8 flags | u16 head length | u32 id | head | body`, little-endian; the length counts from the type on. */

/** Version of the protocol; a worker names its own when it says that it is ready. */
export const protocolVersion = 1

/**
 * | type      | from    | content                                                                              |
 * | call      | gateway | a request                                                                            |
 * | reply     | worker  | its reply; flag 1: the body follows in chunks                                        |
 * | chunk     | worker  | a part of the body                                                                   |
 * | end       | worker  | of the chunks; flag 1: the body is broken off                                        |
 * | log       | worker  | what the script printed                                                              |
 * | ready     | worker  | it takes calls; what the script is like                                              |
 * | credit    | gateway | body: u32, so many more chunks may be sent                                           |
 * | cancel    | gateway | nobody wants the rest of the chunks                                                  |
 * | stopping  | worker  | it was told to end, and begins no further call                                       |
 * | begun     | worker  | a call begins to run; said only while several gateways are connected                 |
 * | shared    | worker  | flag 1: several gateways are connected and take turns; 0: one alone again            |
 * | ping      | gateway | asks for a pong with the same id                                                     |
 * | pong      | worker  | given between two calls                                                              |
 */
export const frameTypes = {
  call: 1,
  reply: 2,
  chunk: 3,
  end: 4,
  log: 5,
  ready: 6,
  credit: 7,
  cancel: 8,
  stopping: 9,
  begun: 10,
  shared: 11,
  ping: 12,
  pong: 13,
} as const

/** Flags of a reply, of the end of its chunks, of a log line, and of the word that a worker is shared. */
export const frameFlags = { chunksFollow: 1, brokenOff: 1, stderr: 2, shared: 1 } as const

/** Marks in a reply's head: the run failed, its time was taken, and the failure header is not to be sent. */
export const replyMarks = { failed: 1, timed: 2, plainHeaders: 4 } as const

export const maxHeadBytes = 65_535

export interface Frame {
  type: number
  flags: number
  id: number
  head: Buffer
  body: Buffer
}

/** What a peer sent is not a frame of this protocol; the connection is of no more use. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

const prefixBytes = 12
const countedPrefixBytes = 8
/** Bodies up to this size are copied behind their prefix: one write is cheaper than a copy saved. */
const copiedBytes = 65_536

/** One buffer for a small frame; prefix and body apart for a large one, so that the body is not copied. */
export function encodeFrame(frame: Frame): Buffer[] {
  const { head, body } = frame
  if (head.length > maxHeadBytes)
    throw new RangeError(`a head must not exceed ${maxHeadBytes} bytes (${head.length})`)
  const isCopied = body.length <= copiedBytes
  const start = Buffer.allocUnsafe(prefixBytes + head.length + (isCopied ? body.length : 0))
  start.writeUInt32LE(countedPrefixBytes + head.length + body.length, 0)
  start[4] = frame.type
  start[5] = frame.flags
  start.writeUInt16LE(head.length, 6)
  start.writeUInt32LE(frame.id, 8)
  if (head.length > 0) head.copy(start, prefixBytes)
  if (!isCopied) return [start, body]
  body.copy(start, prefixBytes + head.length)
  return [start]
}

/** Cuts a byte stream into frames, wherever it is split; joins the pieces of a large frame once. */
export class FrameDecoder {
  readonly #maxFrameBytes: number
  readonly #onFrame: (frame: Frame) => void
  #pieces: Buffer[] = []
  #pieceBytes = 0
  #neededBytes = prefixBytes

  constructor(maxFrameBytes: number, onFrame: (frame: Frame) => void) {
    this.#maxFrameBytes = maxFrameBytes
    this.#onFrame = onFrame
  }

  /** Throws FrameError for a frame that is too large or contradicts itself. */
  push(chunk: Buffer): void {
    if (this.#pieceBytes === 0) return this.#read(chunk)
    this.#pieces.push(chunk)
    this.#pieceBytes += chunk.length
    if (this.#pieceBytes < this.#neededBytes) return
    const whole = Buffer.concat(this.#pieces, this.#pieceBytes)
    this.#pieces = []
    this.#pieceBytes = 0
    this.#read(whole)
  }

  #read(bytes: Buffer): void {
    let at = 0
    while (bytes.length - at >= prefixBytes) {
      const end = at + this.#frameBytes(bytes, at)
      if (end > bytes.length) return this.#keep(bytes.subarray(at), end - at)
      const bodyAt = at + prefixBytes + bytes.readUInt16LE(at + 6)
      this.#onFrame({
        type: bytes.readUInt8(at + 4),
        flags: bytes.readUInt8(at + 5),
        id: bytes.readUInt32LE(at + 8),
        head: bytes.subarray(at + prefixBytes, bodyAt),
        body: bytes.subarray(bodyAt, end),
      })
      at = end
    }
    if (at < bytes.length) this.#keep(bytes.subarray(at), prefixBytes)
  }

  #frameBytes(bytes: Buffer, at: number): number {
    const counted = bytes.readUInt32LE(at)
    if (counted > this.#maxFrameBytes)
      throw new FrameError(`a frame must not exceed ${this.#maxFrameBytes} bytes (${counted})`)
    const headBytes = bytes.readUInt16LE(at + 6)
    if (counted < countedPrefixBytes + headBytes)
      throw new FrameError(`a frame of ${counted} bytes cannot hold a head of ${headBytes}`)
    return counted + 4
  }

  #keep(rest: Buffer, neededBytes: number): void {
    this.#pieces = [rest]
    this.#pieceBytes = rest.length
    this.#neededBytes = neededBytes
  }
}
