/** A folder that archives are unpacked into: every change stays inside, whatever the archive says. */
import { link, lstat, mkdir, open, readdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { OciError } from './errors.ts'
import { staysInside } from './links.ts'

const whiteout = '.wh.'
const opaque = '.wh..wh..opq'

export interface ArchivedFile {
  contents: AsyncIterable<Uint8Array>
  sizeBytes: number
  executable: boolean
}

/** Paths are checked name by name: each folder on the way must be a real folder, never a link. */
export class SafeTree {
  readonly #root: string
  readonly #readOnly: boolean
  /** What this layer wrote: its own whiteouts do not remove it. */
  readonly #written = new Set<string>()
  /** Folders known to be real, so that each is looked at once. */
  readonly #folders = new Set<string>()
  #entries = 0

  constructor(root: string, options: { readOnly: boolean }) {
    this.#root = root
    this.#readOnly = options.readOnly
  }

  get entries(): number {
    return this.#entries
  }

  async file(name: string, file: ArchivedFile): Promise<void> {
    const at = this.#claim(name)
    if (path.posix.basename(at).startsWith(whiteout)) return await this.#whiteOut(at)
    await this.#makeWay(at)
    const writable = this.#readOnly ? 0 : 0o200
    const mode = (file.executable ? 0o555 : 0o444) | writable
    // `wx` neither follows a link nor opens what is already there.
    await using handle = await open(this.#absolute(at), 'wx', mode)
    let writtenBytes = 0
    for await (const chunk of file.contents) {
      await handle.writeFile(chunk)
      writtenBytes += chunk.byteLength
    }
    if (writtenBytes !== file.sizeBytes)
      throw new OciError(
        'corrupt-archive',
        `${name} must have ${file.sizeBytes} bytes, and has ${writtenBytes}`,
      )
  }

  async directory(name: string): Promise<void> {
    const at = this.#claim(name)
    if (at !== '') await this.#enter(at)
  }

  async symlink(name: string, target: string): Promise<void> {
    const at = this.#claim(name)
    if (!staysInside(at, target))
      throw new OciError('unsafe-entry', `${name} links to ${target}, which leads out of the folder`)
    await this.#makeWay(at)
    await symlink(target, this.#absolute(at))
  }

  /** `target` is a path from the root of the archive, of a file unpacked before. */
  async hardLink(name: string, target: string): Promise<void> {
    const at = this.#claim(name)
    const from = clean(target)
    await this.#requireFolders(from)
    const stat = await this.#stat(from)
    if (!stat?.isFile())
      throw new OciError('unsafe-entry', `${name} is a link to ${target}, which is no file in the folder`)
    await this.#makeWay(at)
    await link(this.#absolute(from), this.#absolute(at))
  }

  #claim(name: string): string {
    this.#entries += 1
    const at = clean(name)
    this.#written.add(at)
    return at
  }

  /** Folders above are made, and what stood at the path is gone. */
  async #makeWay(at: string): Promise<void> {
    if (at === '') throw new OciError('unsafe-entry', 'an entry must not replace the folder itself')
    if (this.#folders.has(at))
      throw new OciError('unsafe-entry', `${at} is in the layer as a folder and as something else`)
    await this.#enter(parentOf(at))
    const stat = await this.#stat(at)
    if (stat) await this.#remove(at)
  }

  /** Makes the folder with those above it; a lower layer's file in the way is replaced, a link is refused. */
  async #enter(at: string): Promise<void> {
    if (at === '' || this.#folders.has(at)) return
    await this.#enter(parentOf(at))
    const stat = await this.#stat(at)
    if (stat?.isSymbolicLink())
      throw new OciError('unsafe-entry', `${at} is a link, and entries are not written through links`)
    if (stat && !stat.isDirectory()) await this.#remove(at)
    if (!stat?.isDirectory()) await mkdir(this.#absolute(at), { mode: 0o755 })
    this.#folders.add(at)
    this.#written.add(at)
  }

  async #requireFolders(at: string): Promise<boolean> {
    for (let parent = parentOf(at); parent !== ''; parent = parentOf(parent)) {
      const stat = this.#folders.has(parent) ? undefined : await this.#stat(parent)
      if (stat?.isSymbolicLink())
        throw new OciError('unsafe-entry', `${parent} is a link, and entries are not reached through links`)
      if (stat && !stat.isDirectory()) return false
    }
    return true
  }

  async #whiteOut(at: string): Promise<void> {
    const folder = parentOf(at)
    const name = path.posix.basename(at)
    if (name === opaque) return await this.#empty(folder)
    const hidden = name.slice(whiteout.length)
    if (hidden === '' || hidden === '.' || hidden === '..')
      throw new OciError('unsafe-entry', `${at} removes no file`)
    // Other names that begin twice are notes of file systems, not whiteouts.
    if (hidden.startsWith(whiteout)) return
    const victim = folder === '' ? hidden : `${folder}/${hidden}`
    if (!this.#written.has(victim) && (await this.#requireFolders(victim))) await this.#remove(victim)
  }

  /** Removes what lower layers put into the folder. */
  async #empty(folder: string): Promise<void> {
    if (folder !== '' && !(await this.#requireFolders(`${folder}/x`))) return
    const stat = await this.#stat(folder)
    if (!stat?.isDirectory()) return
    for (const name of await readdir(this.#absolute(folder))) {
      const child = folder === '' ? name : `${folder}/${name}`
      if (this.#written.has(child)) await this.#empty(child)
      else await this.#remove(child)
    }
  }

  async #remove(at: string): Promise<void> {
    await rm(this.#absolute(at), { recursive: true, force: true })
  }

  async #stat(at: string): ReturnType<typeof statOrNothing> {
    return await statOrNothing(this.#absolute(at))
  }

  #absolute(at: string): string {
    return path.join(this.#root, at)
  }
}

/** What file systems take. */
const maxPathLength = 3_000
const maxNameBytes = 255

/** The path without `./` and closing slash. Errors: `unsafe-entry`. */
function clean(name: string): string {
  const names = name.split('/').filter((part) => part !== '' && part !== '.')
  if (name.startsWith('/') || names.includes('..') || /[\0\\]/.test(name))
    throw new OciError('unsafe-entry', `a path is relative and has no .. or \\ in it, got ${name}`)
  const at = names.join('/')
  if (at.length > maxPathLength || names.some((part) => Buffer.byteLength(part) > maxNameBytes))
    throw new OciError(
      'limit-exceeded',
      `a path has at most ${maxPathLength} characters, ${maxNameBytes} bytes a name`,
    )
  return at
}

function parentOf(at: string): string {
  const slash = at.lastIndexOf('/')
  return slash === -1 ? '' : at.slice(0, slash)
}

async function statOrNothing(file: string) {
  try {
    return await lstat(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}
