/** The unpacked files of a model: one read-only copy that all replicas of that content share. */
import { constants } from 'node:fs'
import { chmod, copyFile, lstat, mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { FileEntry } from '@slipway/contract'
import type { BlobStore } from '../store/blobs/blob-store.ts'

/** Files looked at in one go. */
const batch = 64

/** Fills an empty folder. Errors: those of the blob store. */
export async function fillModelFolder(
  blobs: BlobStore,
  { folder, files }: { folder: string; files: readonly FileEntry[] },
  signal: AbortSignal,
): Promise<void> {
  for (const { path: name, digest, executable } of files) {
    const destination = path.join(folder, name)
    await mkdir(path.dirname(destination), { recursive: true })
    // A copy, not a link: whoever may write into it all the same must not reach the stored blob.
    await copyFile(await blobs.localPath(digest, signal), destination, constants.COPYFILE_FICLONE)
    await chmod(destination, executable ? 0o555 : 0o444)
  }
}

/** Whether every file is there with its size: root is not kept from writing, and caches are tidied up by hand. */
export async function isModelWhole(folder: string, files: readonly FileEntry[]): Promise<boolean> {
  for (let start = 0; start < files.length; start += batch) {
    const looks = files.slice(start, start + batch).map((file) => isThere(folder, file))
    if ((await Promise.all(looks)).includes(false)) return false
  }
  return true
}

async function isThere(folder: string, { path: name, sizeBytes }: FileEntry): Promise<boolean> {
  const found = await lstat(path.join(folder, name)).catch(() => undefined)
  return found !== undefined && found.isFile() && found.size === sizeBytes
}
