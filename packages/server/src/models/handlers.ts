/** Models: registered after a scan, listed, read, downloaded, described, deleted when nothing uses them. */
import {
  ApiError,
  type NewModel,
  type FileEntry,
  type Model,
  type ModelScan,
  type ModelSpec,
  type ScanFinding,
} from '@slipway/contract'
import type * as z from 'zod'
import type { NounHandlers } from '../http/handlers.ts'
import { revisionOf } from '../http/if-match.ts'
import type { BlobStore } from '../store/blobs/blob-store.ts'
import { requireBlobs } from '../store/blobs/require-blobs.ts'
import { describe } from '../store/describe-change.ts'
import { fileListDigest } from '../store/file-list-digest.ts'
import { once } from '../store/idempotency.ts'
import type { Resource, ResourceKey, ResourceStore } from '../store/resource-store.ts'

export interface ModelFeature {
  store: ResourceStore
  blobs: BlobStore
  /** Reads pickles among the files as opcodes; nothing is loaded. */
  scan(files: readonly FileEntry[], signal: AbortSignal): Promise<Omit<ModelScan, 'unsafeAllowed'>>
}

type ModelResource = Resource<ModelSpec, Model['status']>

export function modelHandlers(feature: ModelFeature): NounHandlers<'models'> {
  const { store, blobs } = feature
  return {
    register: async ({ params, body }, { header, signal }) => {
      const key = header('idempotency-key')
      return register(feature, { workspace: params.workspace, body, key }, signal)
    },
    list: async ({ params, query }) => {
      const { tag, property, framework, ...rest } = query
      const page = await store.list<ModelSpec, Model['status']>({
        kind: 'model',
        workspace: params.workspace,
        ...rest,
        tags: tag,
        properties: property,
        ...(framework !== undefined && { where: { framework } }),
      })
      return { items: page.items.map(asModel), ...(page.next !== undefined && { next: page.next }) }
    },
    latest: async ({ params }) => asModel(await store.latest({ kind: 'model', ...params })),
    get: async ({ params }) => asModel(await store.get(modelKey(params))),
    update: async ({ params, body }, { header }) => {
      const change = ({ metadata }: Resource) => describe(metadata, body)
      return asModel(
        await store.update(modelKey(params), change, { ifRevision: revisionOf(header('if-match')) }),
      )
    },
    download: async ({ params, query }, { signal }) => {
      const { spec } = asModel(await store.get(modelKey(params)))
      const file = spec.files.find(({ path }) => path === query.path)
      if (!file) throw new ApiError('not-found', `${params.name}:${params.version} has no file ${query.path}`)
      if (query.offset > file.sizeBytes) {
        throw new ApiError(
          'invalid',
          `offset must not exceed the size of the file (${query.offset} > ${file.sizeBytes})`,
        )
      }
      const stream = await blobs.read(file.digest, { offset: query.offset, signal })
      return { stream, sizeBytes: file.sizeBytes - query.offset }
    },
    delete: async ({ params }) => {
      await store.remove(modelKey(params))
      return undefined
    },
  }
}

interface Registration {
  workspace: string
  body: z.output<typeof NewModel>
  key: string | undefined
}

async function register(
  feature: ModelFeature,
  { workspace, body, key }: Registration,
  signal: AbortSignal,
): Promise<Model> {
  const { name, description, tags, properties, allowUnsafe, ...spec } = body
  await requireBlobs(feature.blobs, spec.files)
  const scan = await feature.scan(spec.files, signal)
  const unsafe = scan.verdict === 'dangerous'
  if (unsafe && !allowUnsafe) throw unsafeModel(scan.findings)
  const status: Model['status'] = {
    digest: fileListDigest(spec.files),
    sizeBytes: spec.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    scan: { ...scan, unsafeAllowed: unsafe },
    conditions: [],
  }
  const draft = { kind: 'model', workspace, name, description, tags, properties, spec, status }
  const indexed: Record<string, string> = spec.framework === undefined ? {} : { framework: spec.framework }
  const created = await feature.store.transaction((tx) =>
    once(tx, { workspace, key, request: body }, () =>
      tx.createVersion<ModelSpec, Model['status']>({ ...draft, indexed }),
    ),
  )
  return asModel(created)
}

function unsafeModel(findings: readonly ScanFinding[]): ApiError {
  const dangerous = findings.filter(({ verdict }) => verdict === 'dangerous')
  const named = dangerous.slice(0, 3).map((finding) => `${finding.file} would import ${finding.import}`)
  return new ApiError(
    'unsafe-model',
    `${named.join('; ')}, which can run any code when the model is loaded`,
    {
      hint: 'Do not use this file unless you trust who wrote it; --allow-unsafe registers it all the same and records that.',
    },
  )
}

function modelKey(params: { workspace: string; name: string; version: number }): ResourceKey {
  return { kind: 'model', ...params }
}

function asModel(resource: ModelResource | Resource): Model {
  return { ...(resource as ModelResource), kind: 'model', version: resource.version ?? 1 }
}
