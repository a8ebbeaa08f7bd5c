/** Remembers what requirements were resolved to, so that the same conda file gives the same packages again. */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Lock } from './installer.ts'

export interface Resolution {
  /** Of the environment that came out. */
  hash: string
  lock: Lock
}

export class ResolutionCache {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async get(key: string): Promise<Lock | undefined> {
    return (await this.#read(`${key}.json`))?.lock
  }

  async put(key: string, resolution: Resolution): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const aside = path.join(this.#folder, `${key}.${randomUUID()}`)
    await writeFile(aside, JSON.stringify(resolution), { flush: true })
    await rename(aside, path.join(this.#folder, `${key}.json`))
  }

  /** Drops every resolution that led to the environment. */
  async forget(hash: string): Promise<void> {
    const names = await readdir(this.#folder).catch(() => [])
    for (const name of names) {
      if ((await this.#read(name))?.hash === hash) await rm(path.join(this.#folder, name), { force: true })
    }
  }

  async #read(name: string): Promise<Resolution | undefined> {
    try {
      return JSON.parse(await readFile(path.join(this.#folder, name), 'utf8')) as Resolution
    } catch {
      return undefined
    }
  }
}
