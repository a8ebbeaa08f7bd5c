/** What uploads and downloads share: progress, retries, and how many run at a time. */
import { ApiError } from '@slipway/contract'
import { backoffMs, delay } from '../delay.ts'

export interface TransferProgress {
  phase: 'hashing' | 'uploading' | 'downloading'
  bytesDone: number
  bytesTotal: number
  filesTotal: number
}

export interface TransferOptions {
  workspace: string
  signal?: AbortSignal | undefined
  onProgress?: ((progress: TransferProgress) => void) | undefined
}

/** Counts bytes of one phase and tells them. */
export class Tally {
  readonly #report: TransferOptions['onProgress']
  readonly #progress: TransferProgress

  constructor(report: TransferOptions['onProgress'], progress: TransferProgress) {
    this.#report = report
    this.#progress = { ...progress }
    this.add(0)
  }

  add(bytes: number): void {
    this.#progress.bytesDone += bytes
    this.#report?.({ ...this.#progress })
  }
}

/** Tries that may fail one after the other without a byte getting through. */
export const maxTries = 7

export interface Persistence {
  /** The sentence's beginning for the error: what stopped where. */
  what: () => string
  /** How far it is; the count of tries starts again when this has moved. */
  position: () => number
  signal: AbortSignal
}

/**
 * Repeats `step` until it returns true, which means done; after a broken connection with pauses that grow. Errors:
 * those of `step` that are no broken connection, or the last one when it got no further in `maxTries` tries.
 */
export async function persist(step: () => Promise<boolean>, options: Persistence): Promise<void> {
  let failures = 0
  let position = options.position()
  let done = false
  while (!done) {
    try {
      done = await step()
    } catch (error) {
      if (!isPassing(error)) throw error
      failures = options.position() === position ? failures + 1 : 1
      position = options.position()
      if (failures >= maxTries) throw exhausted(options.what(), error)
      await delay(backoffMs(failures), options.signal)
    }
  }
}

function isPassing(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.code === 'unavailable' || error.code === 'offset-mismatch')
}

function exhausted(what: string, error: ApiError): ApiError {
  return new ApiError('unavailable', `${what} after ${maxTries} tries: ${error.message}`, {
    hint: 'Run the command again: it goes on where it stopped.',
    cause: error,
  })
}

export interface Parallel {
  limit: number
  signal?: AbortSignal | undefined
}

/** Runs `work` on every item, at most `limit` at a time; the first failure aborts the others and is thrown. */
export async function forEachParallel<T>(
  items: readonly T[],
  { limit, signal }: Parallel,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController()
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
  const queue = items.values()
  const lane = async () => {
    for (const item of queue) {
      either.throwIfAborted()
      await work(item, either)
    }
  }
  const lanes = Array.from({ length: Math.min(limit, items.length) }, () =>
    lane().catch((error: unknown) => {
      failed.abort(error)
      throw error
    }),
  )
  const results = await Promise.allSettled(lanes)
  if (results.some((result) => result.status === 'rejected')) throw either.reason
}
