/** Uploads: which blobs are lacking, and the parts that bring them. */
import { ApiError, type Upload } from '@slipway/contract'
import type { NounHandlers } from '../http/handlers.ts'
import type { BlobStore } from '../store/blobs/blob-store.ts'

export function fileHandlers(blobs: BlobStore): NounHandlers<'files'> {
  return {
    missing: async ({ body }) => ({ missing: await blobs.missing(body.digests) }),
    startUpload: async ({ body }) => blobs.startUpload(body.digest, body.sizeBytes),
    getUpload: async ({ params }) => found(await blobs.upload(params.upload), params.upload),
    sendPart: async ({ params, stream }, { header, signal }) => {
      const offset = parseOffset(header('upload-offset'))
      found(await blobs.upload(params.upload), params.upload)
      return blobs.append({ id: params.upload, offset, source: stream }, signal)
    },
  }
}

function parseOffset(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) {
    throw new ApiError(
      'bad-request',
      `the header upload-offset must be a number of bytes, got ${text ?? 'none'}`,
    )
  }
  return Number(text)
}

function found(upload: Upload | undefined, id: string): Upload {
  if (!upload) {
    throw new ApiError('not-found', `there is no upload ${id}`, {
      hint: 'Begin it again; what is stored is kept.',
    })
  }
  return upload
}
