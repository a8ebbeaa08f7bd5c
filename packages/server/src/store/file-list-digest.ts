/** One digest for a list of files: equal lists have equal digests, whatever their order. */
import { createHash } from 'node:crypto'
import type { FileEntry } from '@slipway/contract'

export function fileListDigest(files: readonly FileEntry[]): string {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const rows = sorted.map(({ path, digest, executable }) => [path, digest, executable])
  return `sha256:${createHash('sha256').update(JSON.stringify(rows)).digest('hex')}`
}
