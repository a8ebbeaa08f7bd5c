/** Keeps the routes of a gateway on disk, so that it can start while the API is away. Holds keys: for its owner only. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { ApiError, checkValue, GatewayRoute } from '@slipway/contract'
import type { ServiceRoute } from '@slipway/scoring'
import * as z from 'zod'
import { failedWith, makeFolder, writeDurably } from '../store/durable-file.ts'

const Kept = z.object({ routes: z.array(GatewayRoute) })

export class RouteFile {
  readonly #file: string
  #wanted: readonly ServiceRoute[] | undefined
  #writing: Promise<void> | undefined

  constructor(file: string) {
    this.#file = file
  }

  /** What was kept last; undefined where nothing was. Errors: `invalid` for what no gateway of ours wrote. */
  async read(): Promise<ServiceRoute[] | undefined> {
    try {
      const checked = checkValue(Kept, { value: JSON.parse(await readFile(this.#file, 'utf8')) })
      if (checked.kind === 'valid') return checked.data.routes
    } catch (error) {
      if (failedWith(error, 'ENOENT')) return undefined
      if (!(error instanceof SyntaxError)) throw error
    }
    throw new ApiError('invalid', `${this.#file} does not hold routes of a gateway`, {
      hint: 'Name another file with --state, or remove this one.',
    })
  }

  /** Resolves once these routes, or newer ones, are on disk. Errors: those of the file system. */
  async save(routes: readonly ServiceRoute[]): Promise<void> {
    this.#wanted = routes
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined))
    await this.#writing
  }

  async #write(): Promise<void> {
    await makeFolder(path.dirname(path.resolve(this.#file)))
    while (this.#wanted) {
      const routes = this.#wanted
      this.#wanted = undefined
      await writeDurably(this.#file, JSON.stringify({ routes }))
    }
  }
}
