/** Packages of Azure ML that Slipway provides itself, so that they are not installed. */
import type { Requirement } from './pip-entry.ts'

const providedNames: ReadonlySet<string> = new Set([
  'azureml-contrib-services',
  'azureml-core',
  'azureml-defaults',
  'azureml-inference-server-http',
  'azureml-model-management-sdk',
  'azureml-monitoring',
  'inference-schema',
])

/** Provided packages whose modules Slipway does not have yet: installing the originals would not make them work. */
const missingModules: ReadonlyMap<string, string> = new Map([
  ['azureml-model-management-sdk', 'azureml.api'],
  ['azureml-monitoring', 'azureml.monitoring'],
  ['inference-schema', 'inference_schema'],
])

/** One sentence for each package that is provided in name only. */
export function describeMissing(provided: readonly string[]): string[] {
  return provided.flatMap((name) => {
    const module = missingModules.get(name)
    return module === undefined
      ? []
      : [`${name}: Slipway has no module ${module} yet, so a script that imports it fails to start`]
  })
}

/** What the extras of `inference-schema` bring along; those needs stay. */
const extraNeeds: ReadonlyMap<string, readonly string[]> = new Map([
  ['numpy-support', ['numpy']],
  ['pandas-support', ['pandas', 'numpy']],
  ['polars-support', ['polars']],
  ['pyspark-support', ['pyspark']],
  ['all-extras', ['numpy', 'pandas', 'polars', 'pyspark']],
])

/** Separates what Slipway provides from what is to be installed. */
export function splitProvided(requirements: readonly Requirement[]): {
  requirements: Requirement[]
  provided: string[]
} {
  const asked = new Set(requirements.map(({ name }) => name))
  const split = { requirements: [] as Requirement[], provided: new Set<string>() }
  for (const requirement of requirements) {
    if (!providedNames.has(requirement.name)) split.requirements.push(requirement)
    else {
      split.provided.add(requirement.name)
      split.requirements.push(...needsOf(requirement, asked))
    }
  }
  return { requirements: split.requirements, provided: [...split.provided].sort() }
}

function needsOf(requirement: Requirement, asked: Set<string>): Requirement[] {
  const needs = requirement.extras.flatMap((extra) => extraNeeds.get(extra) ?? [])
  const missing = [...new Set(needs)].filter((name) => !asked.has(name))
  missing.forEach((name) => asked.add(name))
  return missing.map((name) => ({ name, extras: [], text: name, line: requirement.line }))
}
