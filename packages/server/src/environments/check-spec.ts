/** Says at once what no index has to be asked for. */
import type { EnvironmentSpec } from '@slipway/contract'
import { parseCondaFile } from './conda-file.ts'
import { planEnvironment } from './conda-to-pypi.ts'

/** Errors: `invalid` or `unsatisfiable`, with the line of the conda file, for what no build could make good. */
export function checkEnvironmentSpec({ condaFile = '' }: EnvironmentSpec): void {
  planEnvironment(parseCondaFile(condaFile))
}
