/** Writes that survive power loss: bytes first, then the name, then the folder that holds the name. */
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes a folder and the folders above, only for this user. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first !== undefined) await syncFolder(dirname(first))
}

/** Makes new, renamed and removed names of a folder permanent. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Gives a file, whose bytes are synced, its name: there whole or not at all, and never changed again. */
export async function publishFile(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to))
  await chmod(from, 0o444)
  await rename(from, to)
  await syncFolder(dirname(to))
}

/** Replaces a small file as a whole. */
export async function writeDurably(path: string, contents: string | Uint8Array): Promise<void> {
  const aside = `${path}.new`
  const handle = await open(aside, 'w', 0o600)
  try {
    await handle.writeFile(contents)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(aside, path)
  await syncFolder(dirname(path))
}

export async function removeDurably(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
  await syncFolder(dirname(path))
}

/** Whether a file operation failed with this code, such as `ENOENT`. */
export function failedWith(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string)
}
