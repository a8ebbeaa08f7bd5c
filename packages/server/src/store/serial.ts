/** Runs pieces of asynchronous work one after the other, in the order they came. */

export type Serial = <T>(work: () => Promise<T>) => Promise<T>

/** A failed piece rejects for its caller only; the next one runs all the same. */
export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}
