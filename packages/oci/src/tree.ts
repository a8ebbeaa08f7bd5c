/** A folder on disk as entries of a layer. */
import { createReadStream } from 'node:fs'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import { OciError } from './errors.ts'
import { compareText } from './layer-entry.ts'
import type { LayerEntry } from './layer-entry.ts'
import { staysInside } from './links.ts'

export interface TreeOptions {
  /** Paths to leave out, with all below them; relative to the folder. */
  skip?: (path: string) => boolean
}

/**
 * Walks a folder; `prefix` is the path in the layer that takes its place, '' for the root. Content is read later, when
 * the layer is written. Errors: `unsafe-entry` for a link that leads out of the folder, `unsupported-entry` for
 * sockets, pipes and devices.
 */
export async function* layerEntriesOf(
  dir: string,
  prefix: string,
  options: TreeOptions = {},
): AsyncGenerator<LayerEntry> {
  const tree: Tree = { dir, prefix, skip: options.skip ?? (() => false) }
  if (prefix !== '') yield { kind: 'directory', path: prefix }
  yield* walk(tree, '')
}

interface Tree {
  dir: string
  prefix: string
  skip: (path: string) => boolean
}

async function* walk(tree: Tree, folder: string): AsyncGenerator<LayerEntry> {
  const names = await readdir(path.join(tree.dir, folder))
  for (const name of names.sort(compareText)) {
    const inside = folder === '' ? name : `${folder}/${name}`
    if (tree.skip(inside)) continue
    const entry = await readEntry(tree, inside)
    yield entry
    if (entry.kind === 'directory') yield* walk(tree, inside)
  }
}

async function readEntry(tree: Tree, inside: string): Promise<LayerEntry> {
  const source = path.join(tree.dir, inside)
  const entryPath = tree.prefix === '' ? inside : `${tree.prefix}/${inside}`
  const stat = await lstat(source)
  if (stat.isDirectory()) return { kind: 'directory', path: entryPath }
  if (stat.isSymbolicLink()) return linkEntry(inside, entryPath, await readlink(source))
  if (!stat.isFile()) throw new OciError('unsupported-entry', `${inside} must be a file, a folder or a link`)
  return {
    kind: 'file',
    path: entryPath,
    executable: (stat.mode & 0o111) !== 0,
    sizeBytes: stat.size,
    open: () => contentsOf(source, stat.size),
  }
}

function linkEntry(inside: string, entryPath: string, target: string): LayerEntry {
  if (!staysInside(inside, target))
    throw new OciError('unsafe-entry', `${inside} links to ${target}, which is outside of the folder`)
  return { kind: 'symlink', path: entryPath, target }
}

const chunkBytes = 1024 * 1024

/** Small files in one read: most files of an environment are. */
async function* contentsOf(file: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
  if (sizeBytes <= chunkBytes) yield await readFile(file)
  else yield* createReadStream(file, { highWaterMark: chunkBytes })
}
