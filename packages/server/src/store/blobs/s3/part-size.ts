/** Sizes of the parts in which a blob goes to S3. */

/** S3 takes no smaller part but the last; larger ones need more memory and lose more in a crash. */
export const smallestPartBytes = 8 * 2 ** 20

/** S3 takes 10,000. */
const maxParts = 9_000

/** All parts of a blob have the same size, the last may be smaller. */
export function partBytesOf(sizeBytes: number): number {
  const mebibyte = 2 ** 20
  const needed = Math.ceil(sizeBytes / maxParts / mebibyte) * mebibyte
  return Math.max(smallestPartBytes, needed)
}
