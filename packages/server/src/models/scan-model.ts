/** Scans the files of a model that is being registered. */
import type { FileEntry, ModelScan, ScanFinding } from '@slipway/contract'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import { openBlobReader } from '../store/blobs/blob-reader.ts'
import { scanFile } from './pickle/scan-file.ts'

const severity = ['none', 'clean', 'suspicious', 'dangerous'] as const

type Scan = Omit<ModelScan, 'unsafeAllowed'>

/** The worst verdict of all files, with every finding; files are read as opcodes, nothing is loaded. */
export async function scanModel(
  blobs: BlobStore,
  files: readonly FileEntry[],
  signal: AbortSignal,
): Promise<Scan> {
  const findings: ScanFinding[] = []
  const writtenBy: Record<string, string> = {}
  let worst = 0
  for (const file of files) {
    await using reader = await openBlobReader(blobs, file.digest, signal)
    const scan = await scanFile(file.path, reader, signal)
    worst = Math.max(worst, severity.indexOf(scan.verdict))
    findings.push(...scan.findings)
    Object.assign(writtenBy, scan.writtenBy)
  }
  return { verdict: severity[worst] ?? 'none', findings: findings.slice(0, 10_000), writtenBy }
}
