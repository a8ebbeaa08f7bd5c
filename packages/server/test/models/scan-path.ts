/** Scans a file on disk. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { scanFile } from '../../src/models/pickle/scan-file.ts'
import type { FileScan } from '../../src/models/pickle/scan-file.ts'

export async function scanPath(file: string): Promise<FileScan> {
  const { size } = await stat(file)
  const open = (offset: number) => createReadStream(file, { start: offset })
  return await scanFile({ path: path.basename(file), sizeBytes: size, open }, new AbortController().signal)
}
