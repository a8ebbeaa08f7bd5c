/** Opens what the configuration names: SQLite or PostgreSQL, files or S3. */
import { ApiError } from '@slipway/contract'
import { flagOf, variableOf, type Config, type ConfigKey } from './config.ts'
import type { BlobStore } from './store/blobs/blob-store.ts'
import { openFileBlobStore } from './store/blobs/files/file-blob-store.ts'
import type { DataFolder } from './store/data-folder.ts'
import { openLogStore } from './store/logs/file-log-store.ts'
import type { LogStore } from './store/logs/log-store.ts'
import type { ResourceStore } from './store/resource-store.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'

export interface Stores {
  store: ResourceStore
  blobs: BlobStore
  logs: LogStore
}

/** Clients of databases and object stores are loaded only when configured. Errors: `invalid` for half of the settings of S3. */
export async function openStores(config: Config, folder: DataFolder): Promise<Stores> {
  const s3 = s3Settings(config)
  const [store, blobs, logs] = await Promise.all([
    openResources(config, folder),
    s3 ? openBucket(s3, folder) : openFileBlobStore(folder.blobs),
    openLogStore(folder.logs),
  ])
  return { store, blobs, logs }
}

async function openResources({ database }: Config, folder: DataFolder): Promise<ResourceStore> {
  if (database === undefined) return openSqliteStore(folder.database)
  const { openPostgresStore } = await import('./store/postgres/postgres-store.ts')
  return openPostgresStore({ url: database })
}

interface S3Settings {
  endpoint: string
  bucket: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

function s3Settings(config: Config): S3Settings | undefined {
  const { s3Endpoint: endpoint, s3Bucket: bucket, s3Region: region } = config
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = config
  if (
    endpoint !== undefined &&
    bucket !== undefined &&
    accessKeyId !== undefined &&
    secretAccessKey !== undefined
  )
    return { endpoint, bucket, region, credentials: { accessKeyId, secretAccessKey } }
  const keys = ['s3Endpoint', 's3Bucket', 's3AccessKeyId', 's3SecretAccessKey'] as const
  const given = keys.find((key) => config[key] !== undefined)
  const missing = keys.find((key) => config[key] === undefined)
  if (given && missing) throw halfGiven(given, missing)
  return undefined
}

function halfGiven(given: ConfigKey, missing: ConfigKey): ApiError {
  return new ApiError('invalid', `${flagOf(given)} needs ${flagOf(missing)} beside it`, {
    hint: `Give both, or neither to keep blobs in the data folder; their variables are ${variableOf(given)} and ${variableOf(missing)}.`,
  })
}

async function openBucket(settings: S3Settings, folder: DataFolder): Promise<BlobStore> {
  const { openS3BlobStore } = await import('./store/blobs/s3/s3-blob-store.ts')
  return openS3BlobStore({ ...settings, cacheDir: `${folder.cache}/s3` })
}
