/** What a command sees of the process it runs in; only main.ts makes a real one. */

export interface Sink {
  write(text: string | Uint8Array): unknown
  isTerminal: boolean
  /** Width in characters; 80 where it is no terminal. */
  columns: number
}

export interface World {
  argv: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  workingFolder: string
  homeFolder: string
  /** Version of Node that runs this. */
  nodeVersion: string
  stdout: Sink
  stderr: Sink
  /** True where somebody can answer a question. */
  stdinIsTerminal: boolean
  /** Asks a question that is answered by yes or no. */
  ask(question: string): Promise<boolean>
  readStdin(): Promise<Uint8Array<ArrayBuffer>>
  /** Whether a process of this id exists. */
  isAlive(pid: number): boolean
  /** Aborts when the user interrupts. */
  signal: AbortSignal
  now(): number
}
