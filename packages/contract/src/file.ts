/** Files as a client announces them, and the uploads that bring their bytes. */
import * as z from 'zod'
import { Digest, FilePath, WorkspaceName } from './names.ts'
import { defineRoutes } from './route.ts'

/** Largest single file, in bytes: 1 TiB. */
export const maxFileBytes = 2 ** 40

export const FileEntry = z
  .object({
    path: FilePath,
    digest: Digest,
    sizeBytes: z.int().min(0).max(maxFileBytes),
    executable: z.boolean().default(false),
  })
  .meta({ id: 'FileEntry' })

export type FileEntry = z.output<typeof FileEntry>

/** A set of files with different paths, none of which is a folder of another. */
export const FileList = z
  .array(FileEntry)
  .min(1, 'must hold at least one file')
  .max(100_000)
  .superRefine((files, context) => {
    const seen = new Set<string>()
    for (const file of files) {
      if (seen.has(file.path)) context.addIssue({ code: 'custom', message: `${file.path} is listed twice` })
      seen.add(file.path)
    }
    for (const file of files) {
      const parent = ancestors(file.path).find((folder) => seen.has(folder))
      if (parent !== undefined) {
        context.addIssue({
          code: 'custom',
          message: `${parent} is both a file and the folder of ${file.path}`,
        })
      }
    }
  })
  .meta({ id: 'FileList' })

function ancestors(path: string): string[] {
  const segments = path.split('/')
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'))
}

export const Upload = z
  .object({
    id: z.string(),
    digest: Digest,
    sizeBytes: z.int(),
    offset: z.int().describe('Bytes the server holds safely; the next part starts here.'),
    complete: z.boolean().describe('True once the whole blob is stored and verified.'),
  })
  .meta({ id: 'Upload' })

export type Upload = z.output<typeof Upload>

const workspace = z.object({ workspace: WorkspaceName })
const upload = workspace.extend({
  upload: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be the id of an upload'),
})

export const files = defineRoutes({
  missing: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/blobs/missing',
    summary: 'Tell which blobs the server lacks.',
    params: workspace,
    body: z
      .strictObject({ digests: z.array(Digest).max(10_000).describe('Those to look for.') })
      .meta({ id: 'BlobQuery' }),
    reply: z.object({ missing: z.array(Digest) }).meta({ id: 'MissingBlobs' }),
    errors: ['not-found'],
  },
  startUpload: {
    method: 'POST',
    path: '/v1/workspaces/{workspace}/uploads',
    summary: 'Begin an upload, or find the one that was interrupted.',
    status: 201,
    params: workspace,
    body: z
      .strictObject({
        digest: Digest,
        sizeBytes: z.int().min(0).max(maxFileBytes).describe('Of the whole blob.'),
      })
      .meta({ id: 'NewUpload' }),
    reply: Upload,
    errors: ['not-found', 'insufficient-storage'],
  },
  getUpload: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/uploads/{upload}',
    summary: 'Read how far an upload is.',
    params: upload,
    reply: Upload,
    errors: ['not-found'],
  },
  sendPart: {
    method: 'PATCH',
    path: '/v1/workspaces/{workspace}/uploads/{upload}',
    summary: 'Send the bytes that follow; the last part completes and verifies the blob.',
    params: upload,
    headers: ['upload-offset'],
    body: 'bytes',
    reply: Upload,
    errors: [
      'not-found',
      'offset-mismatch',
      'digest-mismatch',
      'too-large',
      'insufficient-storage',
      'unsupported-media-type',
    ],
  },
})
