/** Notices when files of a folder change, and has work done for it, one run at a time. */
import { type FSWatcher, watch } from 'node:fs'
import path from 'node:path'

/** Editors and checkouts write many files at once: the work begins when they have been quiet for so long. */
const quietMs = 100
/** What Python and editors write beside the script. */
const ignored = /(^|[/\\])(__pycache__|\.[^/\\]*|4913)([/\\]|$)|(~|\.swp|\.tmp|\.pyc)$/

export class ScriptWatcher {
  readonly #watcher: FSWatcher
  readonly #work: () => Promise<void>
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(folder: string, work: () => Promise<void>) {
    this.#work = work
    this.#watcher = watch(folder, { recursive: true }, (_event, file) => {
      if (file === null || !ignored.test(path.normalize(file))) this.#restartTimer()
    })
  }

  /** Resolves once the work that has begun is done. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#watcher.close()
    await this.#running
  }

  #restartTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#running = this.#running.then(() => (this.#isClosed ? undefined : this.#work()))
    }, quietMs)
  }
}
