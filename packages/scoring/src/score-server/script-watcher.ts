/** Notices when the code in a folder changes, and has work done for it, one run at a time. */
import { type FSWatcher, watch } from 'node:fs'

/** Editors and checkouts write many files at once: the work begins when they have been quiet for so long. */
const quietMs = 100
/** Code, and what describes it. A log or a result that is written beside the script must not start it anew. */
const watched = /\.py$|(^|[/\\])(swagger[\d.]*|logging)\.json$/
const hidden = /(^|[/\\])\./

/** Whether another content of this file makes another service. */
export function concernsScript(file: string): boolean {
  return watched.test(file) && !hidden.test(file)
}

export class ScriptWatcher {
  readonly #watcher: FSWatcher
  readonly #work: () => Promise<void>
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(folder: string, work: () => Promise<void>) {
    this.#work = work
    this.#watcher = watch(folder, { recursive: true }, (_event, file) => {
      if (file !== null && concernsScript(file)) this.#restartTimer()
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
