/** Packages of Azure ML that Slipway provides itself, so that they are not installed. */
import type { Requirement } from './pip-entry.ts'

const providedNames: ReadonlySet<string> = new Set([
  'azureml-contrib-services',
  'azureml-core',
  'azureml-defaults',
  'azureml-inference-server-http',
  'azureml-model-management-sdk',
  'azureml-monitoring',
  'azureml-webservice-schema',
  'inference-schema',
])

/** What the packages bring along that scripts and our stand-ins make use of; those needs stay. */
const ownNeeds: ReadonlyMap<string, readonly string[]> = new Map([
  ['azureml-webservice-schema', ['numpy', 'pandas']],
  ['inference-schema', ['python-dateutil']],
])

/** The same for the extras of `inference-schema`. */
const extraNeeds: ReadonlyMap<string, readonly string[]> = new Map([
  ['numpy-support', ['numpy']],
  ['pandas-support', ['pandas', 'numpy']],
  ['polars-support', ['polars']],
  ['pyspark-support', ['pyspark']],
  ['spark-support', ['pyspark']],
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
  const needs = [
    ...(ownNeeds.get(requirement.name) ?? []),
    ...requirement.extras.flatMap((extra) => extraNeeds.get(extra) ?? []),
  ]
  const missing = [...new Set(needs)].filter((name) => !asked.has(name))
  missing.forEach((name) => asked.add(name))
  return missing.map((name) => ({ name, extras: [], text: name, line: requirement.line }))
}
