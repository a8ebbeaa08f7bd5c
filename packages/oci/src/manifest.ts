/** OCI manifests: which config and which layers are an image. */
import { canonicalJson } from './canonical-json.ts'
import { digestOf } from './digest.ts'
import type { Digest } from './digest.ts'
import type { LayerCompression } from './layer.ts'

export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  gzipLayer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const

export interface Descriptor {
  mediaType: string
  digest: Digest
  /** In bytes. */
  size: number
  annotations?: Record<string, string>
}

export interface ImageManifest {
  schemaVersion: 2
  mediaType: typeof mediaTypes.manifest
  config: Descriptor
  layers: Descriptor[]
  annotations?: Record<string, string>
}

/** A value with the bytes that stand for it and their digest. */
export interface Document<T> {
  value: T
  bytes: Uint8Array
  digest: Digest
}

export interface ImageManifestOptions {
  config: Document<unknown>
  /** From the bottom up. */
  layers: readonly ManifestLayer[]
  annotations?: Record<string, string>
}

export interface ManifestLayer {
  digest: Digest
  sizeBytes: number
  compression: LayerCompression
}

export function imageManifest(options: ImageManifestOptions): Document<ImageManifest> {
  const { config, annotations } = options
  const value: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: config.digest, size: config.bytes.byteLength },
    layers: options.layers.map(layerDescriptor),
    ...(annotations && { annotations }),
  }
  const bytes = canonicalJson(value)
  return { value, bytes, digest: digestOf(bytes) }
}

function layerDescriptor({ digest, sizeBytes, compression }: ManifestLayer): Descriptor {
  return {
    mediaType: compression === 'gzip' ? mediaTypes.gzipLayer : mediaTypes.layer,
    digest,
    size: sizeBytes,
  }
}
