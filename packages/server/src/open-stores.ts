/** Opens what the configuration names: SQLite or PostgreSQL, files or S3. */
import { ApiError } from '@slipway/contract'
import type { Config } from './config.ts'
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

/** Clients of databases and object stores are loaded only when configured. */
export async function openStores(config: Config, folder: DataFolder): Promise<Stores> {
  const [store, blobs, logs] = await Promise.all([
    openResources(config, folder),
    openBlobs(config, folder),
    openLogStore(folder.logs),
  ])
  return { store, blobs, logs }
}

async function openResources({ database }: Config, folder: DataFolder): Promise<ResourceStore> {
  if (database === undefined) return openSqliteStore(folder.database)
  const { openPostgresStore } = await import('./store/postgres/postgres-store.ts')
  return openPostgresStore({ url: database })
}

async function openBlobs(config: Config, folder: DataFolder): Promise<BlobStore> {
  const {
    s3Endpoint: endpoint,
    s3Bucket: bucket,
    s3AccessKeyId,
    s3SecretAccessKey,
    s3Region: region,
  } = config
  if (endpoint === undefined) return openFileBlobStore(folder.blobs)
  if (bucket === undefined || s3AccessKeyId === undefined || s3SecretAccessKey === undefined) {
    throw new ApiError('invalid', 's3Endpoint needs s3Bucket, s3AccessKeyId and s3SecretAccessKey beside it')
  }
  const { openS3BlobStore } = await import('./store/blobs/s3/s3-blob-store.ts')
  return openS3BlobStore({
    endpoint,
    bucket,
    region,
    credentials: { accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey },
    cacheDir: `${folder.cache}/s3`,
  })
}
