/** Collects what goes into an image from this disk: the script, the files beside it, and the texts of other files. */
import { walk, type LocalFile } from '@slipway/sdk/node'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { usageError } from './failure.ts'

/** Paths as they were given, relative to the working folder. */
export interface BundlePaths {
  entryScript: string
  sourceDirectory?: string | undefined
  dependencies: readonly string[]
  condaFile?: string | undefined
  dockerFile?: string | undefined
  schemaFile?: string | undefined
}

export interface Bundle {
  files: LocalFile[]
  /** What the request says of the files; only fields that were given. */
  fields: { entryScript: string; sourceDirectory?: string; schemaFile?: string; dockerFile?: string }
  condaFile?: string
}

/** What no script needs and what differs from run to run. */
const skip = ['__pycache__', '.git', '.ipynb_checkpoints']

/**
 * Files stand in the image as they stand around the script: relative to its folder, or to the source directory where
 * there is one. What lies outside is put beside the script under its own name. Errors: those of `walk`, and usage.
 */
export async function collectBundle(paths: BundlePaths, workingFolder: string): Promise<Bundle> {
  const place = await placeOf(paths, workingFolder)
  const sources = paths.sourceDirectory === undefined ? [place.entryScript] : [place.root]
  for (const given of [...paths.dependencies, ...optional(paths.schemaFile)]) {
    sources.push(await place.find(given))
  }
  const found = await Promise.all(sources.map((source) => filesAt(source, place.root)))
  const files = withoutRepeats(found.flat())
  const texts = await readTexts(paths, place)
  return {
    files,
    fields: {
      entryScript: nameInside(place.root, place.entryScript),
      ...(paths.sourceDirectory !== undefined && { sourceDirectory: path.basename(place.root) }),
      ...(paths.schemaFile !== undefined && {
        schemaFile: nameInside(place.root, await place.find(paths.schemaFile)),
      }),
      ...(texts.dockerFile !== undefined && { dockerFile: texts.dockerFile }),
    },
    ...(texts.condaFile !== undefined && { condaFile: texts.condaFile }),
  }
}

interface Place {
  /** Folder that stands for the application root. */
  root: string
  entryScript: string
  /** Where a path points to: in the source directory first, then in the working folder. */
  find(given: string): Promise<string>
}

async function placeOf(paths: BundlePaths, workingFolder: string): Promise<Place> {
  const { entryScript, sourceDirectory } = paths
  if (sourceDirectory === undefined) {
    const script = path.resolve(workingFolder, entryScript)
    const find = async (given: string) => path.resolve(workingFolder, given)
    return { root: path.dirname(script), entryScript: script, find }
  }
  const root = path.resolve(workingFolder, sourceDirectory)
  const find = async (given: string) => {
    const inside = path.resolve(root, given)
    return (await exists(inside)) ? inside : path.resolve(workingFolder, given)
  }
  const script = await find(entryScript)
  if (relativeTo(root, script) === undefined) {
    throw usageError(`--entry-script must be in the source directory ${sourceDirectory}, got ${entryScript}`)
  }
  return { root, entryScript: script, find }
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  )
}

/** With slashes; undefined for what is not below the folder. */
function relativeTo(root: string, source: string): string | undefined {
  const relative = path.relative(root, source)
  const isOutside = relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)
  return isOutside ? undefined : relative.split(path.sep).join('/')
}

/** Where a file or folder stands in the image; `''` for the root itself. */
function nameInside(root: string, source: string): string {
  return relativeTo(root, source) ?? path.basename(source)
}

async function filesAt(source: string, root: string): Promise<LocalFile[]> {
  const name = nameInside(root, source)
  const { layout, files } = await walk(source, { skip })
  if (layout === 'file') return files.map((file) => ({ ...file, path: name }))
  return files.map((file) => ({ ...file, path: name === '' ? file.path : `${name}/${file.path}` }))
}

/** One entry per path, sorted. Errors: usage, where two files would stand at the same place. */
function withoutRepeats(files: readonly LocalFile[]): LocalFile[] {
  const byPath = new Map<string, LocalFile>()
  for (const file of files) {
    const other = byPath.get(file.path)
    if (other && other.source !== file.source) {
      throw usageError(`${other.source} and ${file.source} would both be ${file.path} in the image`)
    }
    byPath.set(file.path, file)
  }
  return [...byPath.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

async function readTexts({ condaFile, dockerFile }: BundlePaths, place: Place) {
  return {
    condaFile:
      condaFile === undefined ? undefined : await readText('--conda-file', await place.find(condaFile)),
    dockerFile:
      dockerFile === undefined ? undefined : await readText('--docker-file', await place.find(dockerFile)),
  }
}

async function readText(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw usageError(`${flag} ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  }
}

function optional<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value]
}
