/** Says before it fails that a model was written by another version of a library than its image has. */
import type { LockedPackage } from '@slipway/contract'
import type { ModelContent } from './model-content.ts'

/** One sentence for each library of a model that differs in its first two numbers, or is missing. */
export function versionMismatches(
  models: readonly Pick<ModelContent, 'reference' | 'writtenBy'>[],
  packages: readonly Pick<LockedPackage, 'name' | 'version'>[],
): string[] {
  const installed = new Map(packages.map(({ name, version }) => [name, version]))
  return models.flatMap(({ reference, writtenBy }) =>
    Object.entries(writtenBy).flatMap(([library, wrote]) => {
      const has = installed.get(library)
      if (has === undefined) {
        return [`${reference} was written by ${library} ${wrote}, which the conda file does not name`]
      }
      if (series(has) === series(wrote)) return []
      return [
        `${reference} was written by ${library} ${wrote}, and the environment has ${has}: loading it may fail or predict differently; pin ${library}=${wrote} in the conda file`,
      ]
    }),
  )
}

function series(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}
