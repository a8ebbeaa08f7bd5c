/** Counts, weighs and hashes the files of a folder, whatever order the file system lists them in. */
import { createHash } from 'node:crypto'
import { lstat, open, readdir, readlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'

export interface TreeWeight {
  fileCount: number
  sizeBytes: number
}

export interface TreeDigest extends TreeWeight {
  /** SHA-256 over the sorted paths, modes and contents; bytecode is left out. */
  digest: string
}

const parallel = 4
const chunkBytes = 1 << 18

/** Reads names and sizes only. */
export async function weighTree(folder: string, signal: AbortSignal): Promise<TreeWeight> {
  const sizes = await forEachFile(folder, signal, async (file) => (await lstat(file)).size)
  return { fileCount: sizes.length, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) }
}

/** Reads every byte. */
export async function digestTree(folder: string, signal: AbortSignal): Promise<TreeDigest> {
  const buffers: Buffer[] = []
  const files = await forEachFile(folder, signal, async (file) => {
    const buffer = buffers.pop() ?? Buffer.allocUnsafe(chunkBytes)
    const described = await describe(file, buffer)
    buffers.push(buffer)
    return { line: `${path.relative(folder, file)}\0${described.line}\n`, size: described.size }
  })
  const hash = createHash('sha256')
  files.forEach(({ line }) => hash.update(line))
  const sizeBytes = files.reduce((sum, { size }) => sum + size, 0)
  return { fileCount: files.length, sizeBytes, digest: hash.digest('hex') }
}

/** Makes everything in a folder durable, for systems that cannot flush a whole file system at once. */
export async function syncTree(folder: string, signal: AbortSignal): Promise<void> {
  await forEachFile(folder, signal, syncPath)
}

/** Makes one file or folder durable. */
export async function syncPath(target: string): Promise<void> {
  const handle = await open(target)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Results in the order of the sorted paths. */
async function forEachFile<T>(
  folder: string,
  signal: AbortSignal,
  visit: (file: string) => Promise<T>,
): Promise<T[]> {
  const files = await listFiles(folder)
  const results: T[] = []
  let next = 0
  const work = async () => {
    for (let at = next++; at < files.length; at = next++) {
      signal.throwIfAborted()
      results[at] = await visit(files[at] ?? folder)
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  return results
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory() && path.basename(entry.parentPath) !== '__pycache__')
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
}

async function describe(file: string, buffer: Buffer): Promise<{ line: string; size: number }> {
  const { mode, size } = await lstat(file)
  if ((mode & 0o170_000) === 0o120_000) return { line: `link\0${await readlink(file)}`, size }
  const handle = await open(file)
  try {
    return { line: `${mode & 0o100 ? 'x' : '-'}\0${await hashOf(handle, buffer)}`, size }
  } finally {
    await handle.close()
  }
}

async function hashOf(handle: FileHandle, buffer: Buffer): Promise<string> {
  const hash = createHash('sha256')
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(buffer.subarray(0, bytesRead))
  }
}
