/** What a layer is made of, and the order and the rules that make the same content the same bytes. */
import { OciError } from './errors.ts'

/** Paths are relative, with `/` between names, without `.` and `..`. */
export type LayerEntry = FileEntry | DirectoryEntry | SymlinkEntry

export type FileEntry = StreamedFile | InlineFile

export interface StreamedFile {
  kind: 'file'
  path: string
  executable: boolean
  /** What `open` will give, exactly. */
  sizeBytes: number
  /** Called once, when its turn has come. */
  open: () => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>
}

export interface InlineFile {
  kind: 'file'
  path: string
  executable: boolean
  contents: Uint8Array
}

export interface DirectoryEntry {
  kind: 'directory'
  path: string
}

export interface SymlinkEntry {
  kind: 'symlink'
  path: string
  /** Written as it is: the layer may link to what another layer holds. */
  target: string
}

/**
 * The entries sorted by path, each folder above them added.
 * Errors: `invalid-path`, `path-conflict` when two entries claim one path or a file is a folder of others.
 */
export async function arrangeEntries(
  entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>,
): Promise<LayerEntry[]> {
  const byPath = new Map<string, LayerEntry>()
  for await (const entry of entries) {
    requirePath(entry.path)
    const other = byPath.get(entry.path)
    if (other && !(other.kind === 'directory' && entry.kind === 'directory'))
      throw new OciError('path-conflict', `${entry.path} is in the layer twice`)
    byPath.set(entry.path, entry)
  }
  for (const path of byPath.keys()) addParents(path, byPath)
  return [...byPath.values()].sort((left, right) => compareText(left.path, right.path))
}

/** Order of code units: the same in every locale. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

function addParents(path: string, byPath: Map<string, LayerEntry>): void {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const parent = path.slice(0, slash)
    const known = byPath.get(parent)
    if (known && known.kind !== 'directory')
      throw new OciError('path-conflict', `${parent} is a ${known.kind} and the folder of ${path}`)
    byPath.set(parent, { kind: 'directory', path: parent })
  }
}

function requirePath(path: string): void {
  const names = path.split('/')
  if (/[\0\\]/.test(path) || names.some((name) => name === '' || name === '.' || name === '..'))
    throw new OciError(
      'invalid-path',
      `a path is relative and has no empty, . or .. parts and no \\, got ${path}`,
    )
  // The name would delete a file of the layers below instead of being one.
  if (names.some((name) => name.startsWith('.wh.')))
    throw new OciError('invalid-path', `a name must not begin with .wh., got ${path}`)
}
