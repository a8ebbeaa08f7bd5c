/** The image's config: what its containers run, and the layers they see. */
import { canonicalJson } from './canonical-json.ts'
import { digestOf } from './digest.ts'
import type { Digest } from './digest.ts'
import type { Document } from './manifest.ts'

export interface ContainerConfig {
  User?: string
  Env?: string[]
  Entrypoint?: string[]
  Cmd?: string[]
  WorkingDir?: string
  /** Keys such as `5001/tcp`. */
  ExposedPorts?: Record<string, Record<string, never>>
  Labels?: Record<string, string>
  StopSignal?: string
  Volumes?: Record<string, Record<string, never>>
}

export interface HistoryEntry {
  created: string
  created_by: string
  comment?: string
}

export interface ImageConfig {
  architecture: string
  os: string
  created: string
  config: ContainerConfig
  rootfs: { type: 'layers'; diff_ids: Digest[] }
  history: HistoryEntry[]
}

export interface ImageConfigOptions {
  /** As Go names it: `amd64`, `arm64`. */
  architecture: string
  /** Default `linux`. */
  os?: string
  config: ContainerConfig
  layers: readonly ConfigLayer[]
}

export interface ConfigLayer {
  diffId: Digest
  /** What made the layer, for `docker history`. */
  createdBy: string
}

/** No clock: the same image built twice is the same image. */
const epoch = '1970-01-01T00:00:00Z'

export function imageConfig(options: ImageConfigOptions): Document<ImageConfig> {
  const value: ImageConfig = {
    architecture: options.architecture,
    os: options.os ?? 'linux',
    created: epoch,
    config: options.config,
    rootfs: { type: 'layers', diff_ids: options.layers.map((layer) => layer.diffId) },
    history: options.layers.map((layer) => ({ created: epoch, created_by: layer.createdBy })),
  }
  const bytes = canonicalJson(value)
  return { value, bytes, digest: digestOf(bytes) }
}
