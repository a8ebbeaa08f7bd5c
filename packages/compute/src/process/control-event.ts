/** What a worker says about itself on its control descriptor: one JSON object per line. */

export type ControlEvent =
  | { event: 'starting'; pid: number; python: string }
  | { event: 'importing' }
  | { event: 'init' }
  | { event: 'ready'; initMs: number; importMs: number }
  | { event: 'failed'; phase: 'import' | 'init' | 'signature'; message: string; traceback: string }
  | { event: 'log'; stream: 'stdout' | 'stderr'; text: string }

type Fields = Readonly<Record<string, unknown>>

const readers: Readonly<Record<string, (fields: Fields) => ControlEvent>> = {
  starting: ({ pid, python }) => ({ event: 'starting', pid: numberOf(pid), python: textOf(python) }),
  importing: () => ({ event: 'importing' }),
  init: () => ({ event: 'init' }),
  ready: ({ initMs, importMs }) => ({
    event: 'ready',
    initMs: numberOf(initMs),
    importMs: numberOf(importMs),
  }),
  failed: (fields) => ({
    event: 'failed',
    phase: phaseOf(fields.phase),
    message: messageOf(fields),
    traceback: textOf(fields.traceback),
  }),
  log: ({ stream, text }) => ({
    event: 'log',
    stream: stream === 'stderr' ? 'stderr' : 'stdout',
    text: textOf(text),
  }),
}

/** The event in a line; undefined for what is not one, since a script can write to any descriptor. */
export function parseControlEvent(line: string): ControlEvent | undefined {
  const fields = parseObject(line)
  const name = fields?.event
  if (fields === undefined || typeof name !== 'string' || !Object.hasOwn(readers, name)) return undefined
  return readers[name]?.(fields)
}

function parseObject(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}

/** `ModuleNotFoundError: No module named 'x'`, as Python prints it. */
function messageOf({ type, message }: Fields): string {
  return [type, message]
    .map(textOf)
    .filter((part) => part !== '')
    .join(': ')
}

function phaseOf(value: unknown): 'import' | 'init' | 'signature' {
  return value === 'import' || value === 'signature' ? value : 'init'
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
