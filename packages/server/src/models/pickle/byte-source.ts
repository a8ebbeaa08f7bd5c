/** Bytes that can be opened anywhere, and a reader that takes them piece by piece in bounded memory. */
import type { Readable } from 'node:stream'

export interface ByteSource {
  /** Length when it is known without reading; content that is unpacked on the way has none. */
  sizeBytes: number | undefined
  /** Streams from an offset to the end. */
  open: (offset: number) => Readable | Promise<Readable>
}

/** A jump of more than this opens the source anew instead of reading what lies between. */
const farBytes = 4 * 1024 * 1024

/** Where content that is unpacked on the way counts as ended: a small file can be a very long one when unpacked. */
const maxUnpackedBytes = 64 * 1024 ** 3

/** Reads a source forwards. What is inside the window is read at once; `fill` and `skip` wait for more. */
export class ByteReader {
  readonly #source: ByteSource
  readonly #signal: AbortSignal
  #stream: Readable | undefined
  #chunks: AsyncIterator<Buffer> | undefined
  #window: Buffer = Buffer.alloc(0)
  #at = 0
  #windowOffset: number

  constructor(source: ByteSource, options: { offset?: number; signal: AbortSignal }) {
    this.#source = source
    this.#signal = options.signal
    this.#windowOffset = options.offset ?? 0
  }

  /** Offset in the source of the next byte. */
  get position(): number {
    return this.#windowOffset + this.#at
  }

  /** Bytes that can be read without waiting. */
  get available(): number {
    return this.#window.length - this.#at
  }

  /** Waits until `count` bytes are available; false when the source ends before. */
  async fill(count: number): Promise<boolean> {
    while (this.available < count) {
      const chunk = await this.#next()
      if (!chunk) return false
      const rest = this.#window.subarray(this.#at)
      this.#windowOffset += this.#at
      this.#at = 0
      this.#window = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    }
    return true
  }

  /** Moves on; false when the source ends before. */
  async skip(count: number): Promise<boolean> {
    if (count > farBytes + this.available && this.#source.sizeBytes !== undefined)
      return await this.#jump(this.position + count, this.#source.sizeBytes)
    let left = count
    while (left > this.available) {
      left -= this.available
      this.#windowOffset += this.#window.length
      this.#at = 0
      this.#window = (await this.#next()) ?? Buffer.alloc(0)
      if (this.#window.length === 0) return false
    }
    this.#at += left
    return true
  }

  /** Moves behind the next line break; false when there is none. */
  async skipLine(): Promise<boolean> {
    for (;;) {
      const end = this.indexOf(0x0a, 0)
      if (end !== -1) return await this.skip(end + 1)
      await this.skip(this.available)
      if (!(await this.fill(1))) return false
    }
  }

  /** Distance of the next such byte in the window, at or after `from`; -1 when there is none. */
  indexOf(byte: number, from: number): number {
    const index = this.#window.indexOf(byte, this.#at + from)
    return index === -1 ? -1 : index - this.#at
  }

  /** The next bytes of the window, at most `count`; they stay unread, and are valid until the reader moves. */
  peek(count: number): Buffer {
    return this.#window.subarray(this.#at, this.#at + count)
  }

  /** Takes bytes that are available. */
  take(count: number): Buffer {
    const bytes = this.#window.subarray(this.#at, this.#at + count)
    this.#at += count
    return bytes
  }

  takeByte(): number {
    const byte = this.#window[this.#at]
    if (byte === undefined) throw new RangeError('no byte is available')
    this.#at += 1
    return byte
  }

  close(): void {
    this.#stream?.destroy()
    this.#stream = undefined
    this.#chunks = undefined
  }

  async #jump(offset: number, sizeBytes: number): Promise<boolean> {
    this.close()
    this.#window = Buffer.alloc(0)
    this.#at = 0
    this.#windowOffset = Math.min(offset, sizeBytes)
    return offset <= sizeBytes
  }

  async #next(): Promise<Buffer | undefined> {
    this.#signal.throwIfAborted()
    if (this.#source.sizeBytes === undefined && this.#windowOffset > maxUnpackedBytes) return undefined
    this.#chunks ??= await this.#open()
    const { value, done } = await this.#chunks.next()
    return done === true ? undefined : value
  }

  async #open(): Promise<AsyncIterator<Buffer>> {
    this.#stream = await this.#source.open(this.#windowOffset + this.#window.length)
    return this.#stream[Symbol.asyncIterator]()
  }
}

/** Up to `length` bytes from an offset. */
export async function readRange(
  source: ByteSource,
  range: { offset: number; length: number },
  signal: AbortSignal,
): Promise<Buffer> {
  const reader = new ByteReader(source, { offset: range.offset, signal })
  try {
    await reader.fill(range.length)
    return reader.take(Math.min(range.length, reader.available))
  } finally {
    reader.close()
  }
}
