/** Keeps what scripts printed until the API has taken it; bounded, for the API may be away for long. */
import type { GatewayLine } from '@slipway/contract'

/** Kept while the API is away. */
const maxKeptBytes = 8 * 2 ** 20

/** Sent at once. */
const maxBatchBytes = 2 ** 20

/** Of an entry, besides its text. */
const overheadBytes = 200

export interface LineBatch {
  lines: readonly GatewayLine[]
  /** Entries that were dropped since the batch before. */
  dropped: number
}

export class LineBuffer {
  #kept: GatewayLine[] = []
  #keptBytes = 0
  #dropped = 0
  #batch: LineBatch | undefined

  get isEmpty(): boolean {
    return this.#kept.length === 0 && this.#dropped === 0
  }

  /** Drops the line where there is no room: what came first explains more than what came last. */
  add(line: GatewayLine): void {
    if (this.#keptBytes >= maxKeptBytes) {
      this.#dropped += 1
      return
    }
    this.#kept.push(line)
    this.#keptBytes += sizeOf(line)
  }

  /** The oldest lines; the same ones again until they are confirmed. */
  batch(): LineBatch {
    this.#batch ??= { lines: this.#kept.slice(0, this.#countForBatch()), dropped: this.#dropped }
    return this.#batch
  }

  /** The API has the batch. */
  confirm(): void {
    const { lines, dropped } = this.#batch ?? { lines: [], dropped: 0 }
    this.#kept = this.#kept.slice(lines.length)
    this.#keptBytes -= lines.reduce((sum, line) => sum + sizeOf(line), 0)
    this.#dropped -= dropped
    this.#batch = undefined
  }

  #countForBatch(): number {
    let bytes = 0
    const end = this.#kept.findIndex((line) => (bytes += sizeOf(line)) > maxBatchBytes)
    return end === -1 ? this.#kept.length : Math.max(1, end)
  }
}

function sizeOf({ text }: GatewayLine): number {
  return Buffer.byteLength(text) + overheadBytes
}
