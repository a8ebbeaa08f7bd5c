/** Files on disk for the client: what to upload, uploading, downloading. */
export { downloadModel, type DownloadOptions } from './download.ts'
export { registerModel, type ModelFields, type ModelFromDisk } from './register.ts'
export type { TransferOptions, TransferProgress } from './transfer.ts'
export { uploadFiles } from './upload.ts'
export { walk, type LocalFile, type LocalFiles, type WalkOptions } from './walk.ts'
