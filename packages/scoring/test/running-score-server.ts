/** A score server in a process of its own, for tests: what it prints, and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

const main = path.resolve(import.meta.dirname, '../src/main.ts')

export class RunningScoreServer {
  stdout = ''
  stderr = ''
  readonly #child: ChildProcess
  readonly #closed: Promise<number | null>

  constructor(argv: readonly string[], { folder, env }: { folder: string; env: Record<string, string> }) {
    const { PATH, HOME, NODE_COMPILE_CACHE } = process.env
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...argv], {
      cwd: folder,
      env: { PATH, HOME, NODE_COMPILE_CACHE, TMPDIR: folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString('utf8')))
    this.#child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString('utf8')))
    this.#closed = once(this.#child, 'close').then(([code]: unknown[]) => code as number | null)
  }

  get port(): number {
    return Number(/Listening on .*, port (\d+)/.exec(this.stdout)?.[1])
  }

  /** The exit code, once it has ended. */
  async end(): Promise<number | null> {
    return await this.#closed
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#closed
  }

  async listening(): Promise<void> {
    await this.#until(() => this.stdout.includes('Listening on'))
  }

  /** Its script serves. */
  async ready(): Promise<void> {
    await this.says('Scoring timeout is set to')
  }

  /** Has printed the text, that often. */
  async says(text: string, times = 1): Promise<void> {
    await this.#until(() => this.stdout.split(text).length > times)
  }

  async get(place: string): Promise<[status: number, body: string]> {
    return await bodyOf(fetch(`http://127.0.0.1:${this.port}${place}`))
  }

  async post(
    body: string,
    query = '',
    headers: Record<string, string> = {},
  ): Promise<[status: number, body: string]> {
    return await bodyOf(
      fetch(`http://127.0.0.1:${this.port}/score${query}`, { method: 'POST', body, headers }),
    )
  }

  /** Rejects when the server ends before. */
  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      const ended = await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), this.#closed])
      if (!Array.isArray(ended) && !isTrue())
        throw new Error(`the score server ended with ${ended}:\n${this.stdout}\n${this.stderr}`)
    }
  }
}

async function bodyOf(response: Promise<Response>): Promise<[status: number, body: string]> {
  const { status } = await response
  return [status, await (await response).text()]
}
