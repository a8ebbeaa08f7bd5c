/** Chooses the Python of an environment among those on the machine. */
import { ApiError, type Interpreter } from '@slipway/contract'

export interface FoundPython extends Interpreter {
  /** Tells binary-compatible interpreters apart, such as `cpython-311-x86_64-linux-gnu`. */
  tag: string
}

export interface PythonChoice {
  python: FoundPython
  /** Says what was taken instead, when it is not what was asked for. */
  warning?: string
}

export interface PythonWish {
  /** Such as `==3.6.2` or `>=3.8`; without it, the newest of 3.10 to 3.12. */
  constraint?: string
  /** Line of the conda file that asks, counted from 1. */
  line?: number
  /** Refuse instead of taking the nearest. */
  strict: boolean
}

/** Throws `unsatisfiable`, naming what exists, when no interpreter will do. */
export function choosePython(found: readonly FoundPython[], wish: PythonWish): PythonChoice {
  const newestFirst = found.toSorted((a, b) => compareVersions(b.version, a.version))
  const matching = newestFirst.filter(({ version }) => satisfies(version, wish.constraint ?? ''))
  const python = matching.find(isCurrent) ?? matching[0]
  if (python) return { python }
  const nearest = nearestTo(newestFirst, wanted(wish.constraint ?? ''))
  if (wish.strict || !nearest) throw noSuchPython(newestFirst, wish)
  const warning = `Python ${readable(wish)} is not on this machine; ${nearest.version} is the nearest and was taken`
  return { python: nearest, warning }
}

/** Whether a full version such as 3.11.7 satisfies clauses such as `>=3.8,<3.12`. */
export function satisfies(version: string, constraint: string): boolean {
  return constraint
    .split(',')
    .every((clause) => clause.trim() === '' || satisfiesClause(version, clause.trim()))
}

/** Negative, zero or positive, as `sort` wants it; compares release numbers only. */
export function compareVersions(a: string, b: string): number {
  const left = numbersOf(a)
  const right = numbersOf(b)
  const length = Math.max(left.length, right.length)
  const differences = Array.from({ length }, (_, at) => (left[at] ?? 0) - (right[at] ?? 0))
  return differences.find((difference) => difference !== 0) ?? 0
}

function satisfiesClause(version: string, clause: string): boolean {
  const [, operator = '==', bound = ''] = /^(===?|!=|~=|>=|<=|>|<)?\s*(.+)$/.exec(clause) ?? []
  const prefix = bound.endsWith('.*')
  const base = prefix ? bound.slice(0, -2) : bound
  const order = compareVersions(version, base)
  const same = prefix ? hasPrefix(version, base) : order === 0
  const compatible = order >= 0 && hasPrefix(version, base.split('.').slice(0, -1).join('.'))
  const holds: Record<string, boolean> = {
    '==': same,
    '===': same,
    '!=': !same,
    '~=': compatible,
    '>=': order >= 0,
    '<=': order <= 0,
    '>': order > 0,
    '<': order < 0,
  }
  return holds[operator] ?? false
}

function hasPrefix(version: string, prefix: string): boolean {
  return `${version}.`.startsWith(`${prefix}.`)
}

function numbersOf(version: string): number[] {
  return (version.match(/\d+/g) ?? []).map(Number)
}

function isCurrent({ version }: FoundPython): boolean {
  return satisfies(version, '>=3.10,<3.13')
}

/** `==3.6.2.*` as a person would write it: 3.6.2. */
function readable({ constraint = '', line }: Pick<PythonWish, 'constraint' | 'line'>): string {
  const version = constraint.replaceAll(/==|\.\*/g, '')
  return line === undefined ? version : `${version} (line ${line} of the conda file)`
}

function wanted(constraint: string): string {
  const exact = /={2,3}([\d.]+)/.exec(constraint)?.[1]
  return exact ?? /[<>=~]+([\d.]+)/.exec(constraint)?.[1] ?? ''
}

/** Same minor version: its newest patch. Otherwise the nearest minor, the newer of two; never another major. */
function nearestTo(newestFirst: readonly FoundPython[], version: string): FoundPython | undefined {
  const [major, minor = 0] = numbersOf(version)
  const distance = (python: FoundPython) => Math.abs((numbersOf(python.version)[1] ?? 0) - minor)
  const sameMajor = newestFirst.filter((python) => numbersOf(python.version)[0] === major)
  return sameMajor.toSorted((a, b) => distance(a) - distance(b))[0]
}

function noSuchPython(found: readonly FoundPython[], { constraint, line }: PythonWish): ApiError {
  const versions = found.map(({ version }) => version)
  if (versions.length === 0)
    return new ApiError('unsatisfiable', 'no Python from 3.6 on was found on this machine', {
      hint: 'Install Python, or run `uv python install 3.12`.',
    })
  return new ApiError(
    'unsatisfiable',
    `line ${line ?? 1} of the conda file: Python ${readable({ constraint })} is not on this machine, which has ${versions.join(', ')}`,
    { hint: 'Ask for one of those, or install the one you need and try again.' },
  )
}
