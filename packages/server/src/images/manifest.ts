/** Config and manifest of an image: what makes its digest. */
import type { Environment, ImageSpec, Layer } from '@slipway/contract'
import { imageConfig, imageManifest, type Digest } from '@slipway/oci'
import { appRoot } from './application-layer.ts'

/** No root inside a container. */
const user = '10001:10001'

export interface ManifestParts {
  layers: readonly Layer[]
  environment: Environment
  /** Environment variables that the conda file sets; those of Slipway go before them. */
  variables: Readonly<Record<string, string>>
}

/** Neither name nor version is part of it: the same input has the same digest. */
export function manifestDigest(spec: ImageSpec, { layers, environment, variables }: ManifestParts): string {
  const config = imageConfig({
    architecture: 'amd64',
    config: {
      User: user,
      WorkingDir: `/${appRoot}`,
      ExposedPorts: { '5001/tcp': {} },
      Env: Object.entries({ ...sorted(variables), ...environmentOf(spec) }).map(
        ([name, value]) => `${name}=${value}`,
      ),
      Labels: {
        'io.slipway.entry-script': spec.entryScript,
        'io.slipway.environment': environment.status.hash,
        'io.slipway.models': spec.models.join(' '),
      },
    },
    layers: layers.map(({ kind, model, diffId }) => ({
      diffId: diffId as Digest,
      createdBy: model === undefined ? `slipway ${kind}` : `slipway ${kind} ${model}`,
    })),
  })
  return imageManifest({
    config,
    layers: layers.map(({ kind, digest, sizeBytes }) => ({
      digest: digest as Digest,
      sizeBytes,
      compression: kind === 'model' ? 'none' : 'gzip',
    })),
  }).digest
}

/** Their order in the file says nothing. */
function sorted(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** What the scoring server finds in its environment. */
function environmentOf(spec: ImageSpec): Record<string, string> {
  return {
    AML_APP_ROOT: `/${appRoot}`,
    AZUREML_ENTRY_SCRIPT: spec.entryScript,
    ...(spec.sourceDirectory !== undefined && { AZUREML_SOURCE_DIRECTORY: spec.sourceDirectory }),
  }
}
