/** Finds the files under a path, and refuses what cannot be sent whole. */
import { ApiError, FilePath } from '@slipway/contract'
import { access, constants, readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { codeOf } from './disk-error.ts'

export interface LocalFile {
  /** Path inside what is sent, with slashes. */
  path: string
  /** Where it is on this disk. */
  source: string
  sizeBytes: number
  executable: boolean
}

export interface LocalFiles {
  layout: 'file' | 'folder'
  /** Sorted by path; never empty. */
  files: LocalFile[]
}

export interface WalkOptions {
  /** Names of files and folders that are passed over at any depth, such as `__pycache__`. */
  skip?: readonly string[] | undefined
  signal?: AbortSignal | undefined
}

/**
 * The file at `target`, or every file below the folder. Links are followed as long as they stay inside the folder.
 * Errors: `invalid`, naming the path, for what is missing, empty, unreadable, no file, or leads out of the folder.
 */
export async function walk(target: string, options: WalkOptions = {}): Promise<LocalFiles> {
  const root = await resolve(target)
  const found = await stat(root)
  if (found.isDirectory()) return { layout: 'folder', files: await walkFolder(target, root, options) }
  const file = await describe({ source: root, shown: target, inside: path.basename(target) })
  return { layout: 'file', files: [file] }
}

async function walkFolder(target: string, root: string, options: WalkOptions): Promise<LocalFile[]> {
  const tour: Tour = { root, skip: new Set(options.skip), signal: options.signal, files: [] }
  await visitFolder(tour, { source: root, shown: target, inside: '' }, [])
  if (tour.files.length === 0) throw new ApiError('invalid', `${target} must hold at least one file`)
  return tour.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

interface Tour {
  root: string
  skip: ReadonlySet<string>
  signal: AbortSignal | undefined
  files: LocalFile[]
}

interface Place {
  source: string
  /** As the user would write it. */
  shown: string
  inside: string
}

/** `ancestors` are the real folders on the way here: meeting one again is a loop. */
async function visitFolder(tour: Tour, place: Place, ancestors: readonly string[]): Promise<void> {
  if (ancestors.includes(place.source)) {
    throw new ApiError('invalid', `${place.shown} is a link to a folder that holds it, which has no end`)
  }
  const names = await readdir(place.source).catch((error: unknown) => unreadable(place.shown, error))
  for (const name of names) {
    tour.signal?.throwIfAborted()
    if (!tour.skip.has(name)) await visit(tour, enter(place, name), [...ancestors, place.source])
  }
}

function enter(place: Place, name: string): Place {
  return {
    source: path.join(place.source, name),
    shown: path.join(place.shown, name),
    inside: place.inside === '' ? name : `${place.inside}/${name}`,
  }
}

async function visit(tour: Tour, place: Place, ancestors: readonly string[]): Promise<void> {
  const source = await resolve(place.shown, place.source)
  if (source !== tour.root && !source.startsWith(withSeparator(tour.root))) {
    const hint = 'Copy what it points to into the folder, or remove the link.'
    throw new ApiError('invalid', `${place.shown} is a link that leaves the folder, to ${source}`, { hint })
  }
  const found = await stat(source)
  if (found.isDirectory()) await visitFolder(tour, { ...place, source }, ancestors)
  else tour.files.push(await describe({ ...place, source }))
}

function withSeparator(folder: string): string {
  return folder.endsWith(path.sep) ? folder : folder + path.sep
}

async function resolve(shown: string, source = shown): Promise<string> {
  try {
    return await realpath(source)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new ApiError('invalid', `${shown} does not exist`, { cause: error })
    if (codeOf(error) === 'ELOOP')
      throw new ApiError('invalid', `${shown} is a link to itself`, { cause: error })
    return unreadable(shown, error)
  }
}

async function describe({ source, shown, inside }: Place): Promise<LocalFile> {
  const found = await stat(source)
  if (!found.isFile()) {
    throw new ApiError('invalid', `${shown} must be a file or a folder, not a socket, pipe or device`)
  }
  await access(source, constants.R_OK).catch((error: unknown) => unreadable(shown, error))
  const name = FilePath.safeParse(inside)
  if (!name.success || inside.includes('\uFFFD')) {
    throw new ApiError(
      'invalid',
      `${shown} must have a name without backslashes and control characters, in UTF-8`,
    )
  }
  const executable = (found.mode & 0o111) !== 0
  return { path: inside, source, sizeBytes: found.size, executable }
}

function unreadable(shown: string, error: unknown): never {
  throw new ApiError('invalid', `${shown} cannot be read: ${codeOf(error)}`, { cause: error })
}
