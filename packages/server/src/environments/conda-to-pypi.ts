/** Turns a conda file into what a Python installer can be asked for. */
import { ApiError } from '@slipway/contract'
import type { CondaDependency, CondaFile } from './conda-file.ts'
import { fateOf, prefixPinned } from './conda-names.ts'
import { normalizeName, readPipEntry, type IndexOptions, type Requirement } from './pip-entry.ts'
import { splitProvided } from './provided.ts'
import { toPep440 } from './version-constraint.ts'

export interface EnvironmentPlan {
  /** The Python that the file asks for, as a constraint such as `==3.6.2` or `>=3.8,<3.12`. */
  python?: { constraint: string; line: number }
  requirements: Requirement[]
  options: IndexOptions
  /** Packages asked for that Slipway provides itself. */
  provided: string[]
  /** What was done differently from what the file says, in sentences. */
  warnings: string[]
  variables: Record<string, string>
}

/** Throws `unsatisfiable` or `unsupported`, with the line, for what has no counterpart among Python packages. */
export function planEnvironment(file: CondaFile): EnvironmentPlan {
  const notes: Notes = { dropped: [], builds: [] }
  const options: IndexOptions = { extraIndexUrls: [], findLinks: [], prereleases: false }
  const packages = file.dependencies.filter(({ name }) => name !== 'python')
  const asked = [
    ...packages.flatMap((dependency) => translate(dependency, notes) ?? []),
    ...file.pip.flatMap((entry) => readPipEntry(entry, options) ?? []),
  ]
  const { requirements, provided } = splitProvided(asked)
  const python = pythonOf(file)
  return {
    ...(python && { python }),
    requirements,
    options,
    provided,
    warnings: describe(notes, file),
    variables: file.variables,
  }
}

interface Notes {
  dropped: string[]
  builds: string[]
}

function pythonOf(file: CondaFile): EnvironmentPlan['python'] {
  const asked = file.dependencies.findLast(({ name }) => name === 'python')
  if (!asked?.version) return undefined
  return { constraint: constraintOf(asked), line: asked.line }
}

function translate(dependency: CondaDependency, notes: Notes): Requirement | undefined {
  const fate = fateOf(dependency.name)
  if (fate.kind === 'refuse') throw refuse(dependency)
  if (fate.kind === 'drop') {
    notes.dropped.push(dependency.name)
    return undefined
  }
  if (dependency.build) notes.builds.push(dependency.name)
  const text = `${fate.name}${pinFor(fate.name, constraintOf(dependency))}`
  return { name: normalizeName(fate.name), extras: [], text, line: dependency.line }
}

function constraintOf(dependency: CondaDependency): string {
  const constraint = toPep440(dependency.version ?? '')
  if (constraint !== undefined) return constraint
  throw new ApiError(
    'unsatisfiable',
    `line ${dependency.line} of the conda file: ${dependency.text} has a version that Python packages cannot express`,
    { hint: 'Write one version or a range, such as name==1.17.3 or name>=1.16,<2.' },
  )
}

function pinFor(name: string, constraint: string): string {
  return prefixPinned.has(name) ? constraint.replaceAll(/==(\d+(?:\.\d+)*)(?=,|$)/g, '==$1.*') : constraint
}

function refuse({ name, line }: CondaDependency): ApiError {
  return new ApiError(
    'unsatisfiable',
    `line ${line} of the conda file: ${name} is a conda package that is not a Python package`,
    { hint: `Take ${name} out, or name a Python package in the pip list that brings it along.` },
  )
}

function describe(notes: Notes, file: CondaFile): string[] {
  const warnings: string[] = []
  if (notes.dropped.length > 0) warnings.push(`left out, they have no use here: ${notes.dropped.join(', ')}`)
  if (notes.builds.length > 0)
    warnings.push(`conda build strings are not used, versions are: ${notes.builds.join(', ')}`)
  const custom = file.channels.filter((channel) => channel.includes('/'))
  if (custom.length > 0)
    warnings.push(`conda channels are not used, packages come from the Python index: ${custom.join(', ')}`)
  return warnings
}
