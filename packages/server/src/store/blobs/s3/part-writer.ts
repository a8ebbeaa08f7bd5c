/** Cuts a stream into parts of one size, and keeps what is left of the last. */
import type { Hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { ApiError } from '@slipway/contract'
import type { PartTurn } from '../part-gate.ts'
import { partBytesOf } from './part-size.ts'

export interface PartTarget {
  sizeBytes: number
  /** Bytes that are in full parts already. */
  offset: number
  /** Bytes behind them that wait for their part to be full. */
  rest: Buffer
  /** Of all bytes up to here, if it is known. */
  hash: Hash | undefined
  putPart: (bytes: Buffer) => Promise<void>
}

/** One part is in memory at a time. */
export class PartWriter {
  readonly #target: PartTarget
  readonly #buffer: Buffer
  #filled: number
  /** Bytes that are in parts. */
  #stored: number

  constructor(target: PartTarget) {
    this.#target = target
    this.#buffer = Buffer.allocUnsafe(partBytesOf(target.sizeBytes))
    this.#filled = target.rest.copy(this.#buffer)
    this.#stored = target.offset
  }

  get storedBytes(): number {
    return this.#stored
  }

  /** What has come but is in no part. */
  get rest(): Buffer {
    return this.#buffer.subarray(0, this.#filled)
  }

  /** The last part is put although it is not full. Errors: `too-large`, those of the source, and the reason of the signal. */
  async write(source: Readable, { signal, alive }: PartTurn): Promise<void> {
    const stop = () => source.destroy(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        await this.#add(chunk)
        alive()
      }
      if (this.#total === this.#target.sizeBytes && this.#filled > 0) await this.#putPart()
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  get #total(): number {
    return this.#stored + this.#filled
  }

  async #add(chunk: Buffer): Promise<void> {
    const { sizeBytes, hash } = this.#target
    if (this.#total + chunk.length > sizeBytes) {
      throw new ApiError('too-large', `the upload was announced with ${sizeBytes} bytes, but more were sent`)
    }
    let taken = 0
    while (taken < chunk.length) {
      if (this.#filled === this.#buffer.length) await this.#putPart()
      const copied = chunk.copy(this.#buffer, this.#filled, taken)
      hash?.update(chunk.subarray(taken, taken + copied))
      taken += copied
      this.#filled += copied
    }
  }

  async #putPart(): Promise<void> {
    await this.#target.putPart(this.rest)
    this.#stored += this.#filled
    this.#filled = 0
  }
}
