/** Asks a store about many blobs, some at a time. */

/** Those of the digests for which `find` gives undefined, in the order given; `batch` are asked about together. */
export async function missingAmong(
  digests: readonly string[],
  batch: number,
  find: (asked: readonly string[]) => Promise<readonly unknown[]>,
): Promise<string[]> {
  const missing: string[] = []
  for (let start = 0; start < digests.length; start += batch) {
    const asked = digests.slice(start, start + batch)
    const found = await find(asked)
    missing.push(...asked.filter((_, index) => found[index] === undefined))
  }
  return missing
}
