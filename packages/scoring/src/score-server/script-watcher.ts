/** Notices when the code in a folder changes, and has work done for it, one run at a time. */
import { type FSWatcher, readdirSync, watch } from 'node:fs'
import path from 'node:path'

/** Editors and checkouts write many files at once: the work begins when they have been quiet for so long. */
const quietMs = 100
/** Code, and what describes it. A log or a result that is written beside the script must not start it anew. */
const watched = /\.py$|(^|[/\\])(swagger[\d.]*|logging)\.json$/
const hidden = /(^|[/\\])\./
/** Folders of packages and of what Python writes. */
const skipped = /^(\..*|__pycache__|node_modules|site-packages|venv|env)$/

/** Whether another content of this file makes another service. */
export function concernsScript(file: string): boolean {
  return watched.test(file) && !hidden.test(file)
}

export class ScriptWatcher {
  readonly #work: () => Promise<void>
  /** Of each folder: who watches files loses those that an editor puts in the place of others. */
  readonly #watchers = new Map<string, FSWatcher>()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(folder: string, work: () => Promise<void>) {
    this.#work = work
    this.#watch(folder)
  }

  /** Resolves once the work that has begun is done. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers.values()) watcher.close()
    await this.#running
  }

  #watch(folder: string): void {
    const watcher = watch(folder, (event, name) => {
      if (name !== null && concernsScript(name)) this.#restartTimer()
      else if (name !== null && event === 'rename') this.#lookForFolder(folder, name)
    })
    // A folder that is removed is no longer watched; its files have been told of.
    watcher.on('error', () => this.#forget(folder))
    this.#watchers.set(folder, watcher)
    for (const name of foldersIn(folder)) this.#watch(path.join(folder, name))
  }

  /** One that is new, or in the place of another one of the same name. */
  #lookForFolder(parent: string, name: string): void {
    const folder = path.join(parent, name)
    this.#forget(folder)
    if (this.#isClosed || !foldersIn(parent).includes(name)) return
    this.#watch(folder)
    this.#restartTimer()
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
  }

  #restartTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#running = this.#running.then(() => (this.#isClosed ? undefined : this.#work()))
    }, quietMs)
  }
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory() && !skipped.test(entry.name)).map(({ name }) => name)
  } catch (error) {
    // It may be removed while it is looked at.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
