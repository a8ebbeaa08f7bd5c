/** The public door of the package: digests, layers, configs and manifests of OCI images. */
export { canonicalJson } from './canonical-json.ts'
export { imageConfig } from './config.ts'
export type { ConfigLayer, ContainerConfig, HistoryEntry, ImageConfig, ImageConfigOptions } from './config.ts'
export { createDigester, digestOf, formatDigest, parseDigest } from './digest.ts'
export type { Digest, DigestAlgorithm, Digester, DigestParts } from './digest.ts'
export { OciError } from './errors.ts'
export type { OciErrorCode } from './errors.ts'
export { extractLayer } from './extract.ts'
export type { ExtractedLayer, ExtractOptions } from './extract.ts'
export { writeLayer } from './layer.ts'
export type { LayerCompression, LayerOptions, WrittenLayer } from './layer.ts'
export type {
  DirectoryEntry,
  FileEntry,
  InlineFile,
  LayerEntry,
  StreamedFile,
  SymlinkEntry,
} from './layer-entry.ts'
export { imageManifest, mediaTypes } from './manifest.ts'
export type { Descriptor, Document, ImageManifest, ImageManifestOptions, ManifestLayer } from './manifest.ts'
export { layerEntriesOf } from './tree.ts'
export type { TreeOptions } from './tree.ts'
