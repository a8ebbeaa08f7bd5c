/** Scans the files of a model that is being registered. */
import type { FileEntry, ModelScan, ScanFinding } from '@slipway/contract'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import { scanFile } from './pickle/scan-file.ts'

/** From harmless to worst. */
const verdicts = ['none', 'clean', 'suspicious', 'dangerous'] as const

/** Findings kept with a model. */
const maxFindings = 10_000

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
  for (const { path, sizeBytes, digest } of files) {
    const open = (offset: number) => blobs.read(digest, { offset, signal })
    const scan = await scanFile({ path, sizeBytes, open }, signal)
    worst = Math.max(worst, verdicts.indexOf(scan.verdict))
    findings.push(...scan.findings)
    Object.assign(writtenBy, scan.writtenBy)
  }
  return { verdict: verdicts[worst] ?? 'none', findings: findings.slice(0, maxFindings), writtenBy }
}
