/** Builds worlds for tests: nothing is read from the process, and what is written can be looked at. */
import { tmpdir } from 'node:os'
import type { World } from '../src/index.ts'

export interface TestWorld {
  world: World
  stdout(): string
  stderr(): string
}

export interface WorldOptions extends Partial<Omit<World, 'argv' | 'stdout' | 'stderr'>> {
  /** Both streams are a terminal of this width; none unless given. */
  terminalColumns?: number
}

export function aWorld(argv: readonly string[], { terminalColumns, ...rest }: WorldOptions = {}): TestWorld {
  const written = { stdout: '', stderr: '' }
  const sinkOf = (name: 'stdout' | 'stderr') => ({
    write: (text: string | Uint8Array) => {
      written[name] += typeof text === 'string' ? text : new TextDecoder().decode(text)
    },
    isTerminal: terminalColumns !== undefined,
    columns: terminalColumns ?? 80,
  })
  const world: World = {
    argv,
    env: {},
    workingFolder: tmpdir(),
    homeFolder: '/nowhere',
    nodeVersion: '24.0.0',
    stdout: sinkOf('stdout'),
    stderr: sinkOf('stderr'),
    stdinIsTerminal: false,
    ask: async () => false,
    readStdin: async () => new Uint8Array(),
    isAlive: () => false,
    signal: new AbortController().signal,
    now: () => 0,
    ...rest,
  }
  return { world, stdout: () => written.stdout, stderr: () => written.stderr }
}
