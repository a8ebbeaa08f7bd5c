/** The body of a plain request, which may still be on its way. */

/** Memory that is taken for a body ahead of its bytes: what a client says of its length need not be true. */
const firstBytes = 1_048_576

export class ArrivingBody {
  readonly #sizeBytes: number
  /** What is kept of it lies in here: the beginning that came with the head, and once it is wanted the rest. */
  #bytes: Buffer
  #missingBytes: number
  #onWhole: ((body: Buffer) => void) | undefined

  /** `begun` is the beginning of it. */
  constructor(sizeBytes: number, begun: Buffer) {
    this.#sizeBytes = sizeBytes
    this.#bytes = begun
    this.#missingBytes = sizeBytes - begun.length
  }

  get missingBytes(): number {
    return this.#missingBytes
  }

  /** Somebody waits for it. */
  get isAwaited(): boolean {
    return this.#onWhole !== undefined
  }

  /** Calls `onBody` once: with the body when it is whole, with undefined at once when it is too large. */
  read(maxBytes: number, onBody: (body: Buffer | undefined) => void): void {
    if (this.#sizeBytes > maxBytes) return onBody(undefined)
    if (this.#missingBytes === 0) return onBody(this.#bytes)
    this.#onWhole = onBody
    this.#reserve(Math.min(this.#sizeBytes, firstBytes))
  }

  /** Takes what follows, up to the end; it is thrown away as long as nobody waits for it. */
  push(piece: Buffer): void {
    const at = this.#sizeBytes - this.#missingBytes
    this.#missingBytes -= piece.length
    if (this.#onWhole === undefined) return
    const neededBytes = at + piece.length
    if (neededBytes > this.#bytes.length) this.#reserve(Math.min(this.#sizeBytes, 2 * neededBytes))
    piece.copy(this.#bytes, at)
    if (this.#missingBytes === 0) this.#onWhole(this.#bytes)
  }

  #reserve(bytes: number): void {
    const larger = Buffer.allocUnsafe(bytes)
    this.#bytes.copy(larger)
    this.#bytes = larger
  }
}
