/** Says why requirements cannot be met: which one, what exists, and which Python of the machine would do. */
import { ApiError } from '@slipway/contract'
import type { LockRequest } from './installer.ts'
import type { Requirement } from './pip-entry.ts'
import type { FoundPython } from './python-version.ts'

export interface IndexQuestion {
  /** A requirement by itself, without what it depends on. */
  text: string
  python: FoundPython
  /** Count only what has a wheel for this Python. */
  wheelsOnly: boolean
  order: 'newest' | 'oldest'
}

/** The version that the index has for a question, or undefined when it has none. */
export type AskIndex = (question: IndexQuestion) => Promise<string | undefined>

/** The error for requirements that `tool` could not resolve; `output` is what it printed. */
export async function explainUnresolved(
  request: LockRequest,
  output: string,
  ask: AskIndex,
): Promise<ApiError> {
  const suspects = mentioned(request.requirements, output)
  const alone = await Promise.all(
    suspects.map(({ text }) => ask({ text, python: request.python, wheelsOnly: false, order: 'newest' })),
  )
  const culprit = suspects.find((_, at) => alone[at] === undefined)
  return culprit ? explainOne({ culprit }, request, ask) : conflict(suspects, request, output)
}

/** The error for a package that has no wheel and whose source could not be built. */
export async function explainUnbuilt(request: LockRequest, pin: string, ask: AskIndex): Promise<ApiError> {
  const name = pin.split('==')[0] ?? pin
  const asker = request.requirements.find((requirement) => requirement.name === name)
  const text = pin.includes('==') ? pin : (asker?.text ?? pin)
  const culprit = { name, text, extras: [], line: asker?.line ?? 0 }
  const because = 'it has no wheel and could not be built from source'
  return explainOne({ culprit, because }, request, ask)
}

async function explainOne(
  { culprit, because }: { culprit: Requirement; because?: string },
  request: LockRequest,
  ask: AskIndex,
): Promise<ApiError> {
  const { python } = request
  const [existing, helper] = await Promise.all([
    versionsAround(culprit, python, ask),
    pythonThatHas(culprit, request.others, ask),
  ])
  const reason =
    because ?? (existing.newest || helper ? 'there is no such version for it' : 'the index does not have it')
  return new ApiError(
    'unsatisfiable',
    `${where(culprit)} cannot be installed with Python ${python.version}: ${reason}${listVersions(existing)}`,
    { hint: hintFor(culprit, existing, helper) },
  )
}

interface Around {
  below?: string | undefined
  above?: string | undefined
  newest?: string | undefined
}

async function versionsAround(
  { name, text }: Requirement,
  python: FoundPython,
  ask: AskIndex,
): Promise<Around> {
  const wanted = /[=<>~]=?\s*(\d[\w.!]*?)(?:\.\*)?(?:[,;\s)]|$)/.exec(text)?.[1]
  const find = (bound: string, order: IndexQuestion['order']) =>
    ask({ text: `${name}${bound}`, python, wheelsOnly: true, order })
  const [newest, below, above] = await Promise.all([
    find('', 'newest'),
    wanted === undefined ? undefined : find(`<${wanted}`, 'newest'),
    wanted === undefined ? undefined : find(`>${wanted}`, 'oldest'),
  ])
  return { newest, below, above }
}

async function pythonThatHas(
  { text }: Requirement,
  others: readonly FoundPython[],
  ask: AskIndex,
): Promise<FoundPython | undefined> {
  const answers = await Promise.all(
    others.map((python) => ask({ text, python, wheelsOnly: true, order: 'newest' })),
  )
  return others.find((_, at) => answers[at] !== undefined)
}

function listVersions({ below, above, newest }: Around): string {
  if (newest === undefined) return ''
  const nearest = [below, above].filter((version) => version !== undefined && version !== newest)
  return nearest.length > 0
    ? `; nearest is ${nearest.join(' and ')}, newest is ${newest}`
    : `; nearest and newest is ${newest}`
}

function hintFor(culprit: Requirement, { below, above, newest }: Around, helper?: FoundPython): string {
  const version = below ?? above ?? newest
  const minor = helper?.version.split('.').slice(0, 2).join('.')
  if (helper)
    return `Python ${helper.version} of this machine has it: write python=${minor} into the conda file.`
  if (version) return `Ask for ${culprit.name}==${version} instead.`
  return 'Check the spelling, or name the index that has it with --extra-index-url in the pip list.'
}

function conflict(suspects: readonly Requirement[], { python }: LockRequest, output: string): ApiError {
  return new ApiError(
    'unsatisfiable',
    `the packages cannot be installed together with Python ${python.version}: ${reasonIn(output)}`,
    { hint: `Loosen one of: ${suspects.map((requirement) => where(requirement)).join(', ')}.` },
  )
}

function reasonIn(output: string): string {
  const [, reason = output] = /(?:cause:|╰─▶)\s*([\s\S]*?)(?:\n\s*\n|$)/.exec(output) ?? []
  return reason.replaceAll(/\s+/g, ' ').trim().slice(0, 1000)
}

function mentioned(requirements: readonly Requirement[], output: string): readonly Requirement[] {
  const words = new Set(
    output
      .toLowerCase()
      .match(/[a-z0-9][\w.-]*/g)
      ?.map((word) => word.replaceAll(/[-_.]+/g, '-')),
  )
  const named = requirements.filter(({ name }) => words.has(name))
  return (named.length > 0 ? named : requirements).slice(0, 12)
}

function where({ text, line }: Requirement): string {
  return line > 0 ? `${text} (line ${line} of the conda file)` : `${text}, which another package needs,`
}
