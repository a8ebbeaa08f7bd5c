/** The few operations on an S3 bucket that the store needs, with failures in the words of the API. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type HeadObjectCommandOutput,
  type ListPartsCommandInput,
} from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import { ApiError } from '@slipway/contract'
import { s3Failure, type S3Location } from './s3-failure.ts'

export interface S3Connection {
  /** Such as `http://127.0.0.1:9000`; without it, the one of the region. */
  endpoint?: string | undefined
  bucket: string
  /** Default `us-east-1`. */
  region?: string | undefined
  /** Without them, what the environment of the process offers. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined
  /** Begins all keys; default none. */
  prefix?: string | undefined
  /** The bucket in the path instead of the host name; default true where an endpoint is named. */
  forcePathStyle?: boolean | undefined
  /** Longest wait for the first answer of all; default 15 s. */
  answerWithinMs?: number | undefined
}

export interface StoredPart extends CompletedPart {
  sizeBytes: number
}

export interface StoredObject {
  key: string
  sizeBytes: number
  modifiedAt: Date
}

/** Largest piece that a server copies at once. */
const maxCopyBytes = 2 ** 30

/** Keys are without the prefix. Errors of all methods: `unavailable` when the object store does not answer as it should. */
export class S3Objects {
  readonly #client: S3Client
  readonly #bucket: string
  readonly #location: S3Location
  readonly #answerWithinMs: number
  readonly #prefix: string

  constructor({
    endpoint,
    bucket,
    region = 'us-east-1',
    credentials,
    prefix = '',
    forcePathStyle,
    answerWithinMs = 15_000,
  }: S3Connection) {
    this.#bucket = bucket
    this.#location = { endpoint, bucket, region }
    this.#answerWithinMs = answerWithinMs
    this.#prefix = prefix
    this.#client = new S3Client({
      region,
      forcePathStyle: forcePathStyle ?? endpoint !== undefined,
      // Not every store knows the newer checksums; blobs are verified by their digest anyway.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
    })
  }

  /** Lists one object: a failed look at the bucket itself would not say why. Errors: `unavailable` with all that is known. */
  async checkBucket(): Promise<void> {
    const abortSignal = AbortSignal.timeout(this.#answerWithinMs)
    const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix, MaxKeys: 1 })
    try {
      await this.#client.send(command, { abortSignal })
    } catch (error) {
      const silence = `no reply within ${this.#answerWithinMs} ms`
      throw s3Failure(abortSignal.aborted ? new Error(silence, { cause: error }) : error, this.#location)
    }
  }

  async head(key: string): Promise<HeadObjectCommandOutput | undefined> {
    return unlessMissing(this.#ask(() => this.#client.send(new HeadObjectCommand(this.#place(key)))))
  }

  /** The bytes from an offset that is smaller than the size. */
  async get(key: string, offset = 0, signal?: AbortSignal): Promise<Readable | undefined> {
    const command = new GetObjectCommand({ ...this.#place(key), Range: `bytes=${offset}-` })
    const options = signal ? { abortSignal: signal } : {}
    const found = await unlessMissing(this.#ask(() => this.#client.send(command, options)))
    return found?.Body instanceof Readable ? found.Body : undefined
  }

  async getText(key: string): Promise<string | undefined> {
    const command = new GetObjectCommand(this.#place(key))
    const found = await unlessMissing(this.#ask(() => this.#client.send(command)))
    return found?.Body?.transformToString()
  }

  async put(key: string, body: Uint8Array, metadata: Record<string, string> = {}): Promise<void> {
    const sent = { Body: body, ContentLength: body.length, Metadata: metadata }
    const command = new PutObjectCommand({ ...this.#place(key), ...sent })
    await this.#ask(() => this.#client.send(command))
  }

  async delete(key: string): Promise<void> {
    await this.#ask(() => this.#client.send(new DeleteObjectCommand(this.#place(key))))
  }

  async *list(under: string): AsyncGenerator<StoredObject> {
    const query = { Bucket: this.#bucket, Prefix: this.#prefix + under }
    try {
      for await (const page of paginateListObjectsV2({ client: this.#client }, query)) {
        for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
          yield {
            key: Key.slice(this.#prefix.length),
            sizeBytes: Size,
            modifiedAt: LastModified ?? new Date(),
          }
        }
      }
    } catch (error) {
      throw this.#failure(error)
    }
  }

  async begin(key: string): Promise<string> {
    const { UploadId } = await this.#ask(() =>
      this.#client.send(new CreateMultipartUploadCommand(this.#place(key))),
    )
    if (UploadId === undefined)
      throw new ApiError('unavailable', 'the object store began an upload without an id')
    return UploadId
  }

  /** Parts in order; undefined when the upload is over or unknown. */
  parts(key: string, uploadId: string): Promise<StoredPart[] | undefined> {
    const query = { ...this.#place(key), UploadId: uploadId }
    return unlessMissing(this.#ask(() => this.#listParts(query)))
  }

  async putPart(
    key: string,
    uploadId: string,
    part: { number: number; bytes: Uint8Array },
  ): Promise<StoredPart> {
    const place = { ...this.#place(key), UploadId: uploadId, PartNumber: part.number }
    const command = new UploadPartCommand({ ...place, Body: part.bytes })
    const { ETag } = await this.#ask(() => this.#client.send(command))
    return { PartNumber: part.number, ETag, sizeBytes: part.bytes.length }
  }

  async complete(key: string, uploadId: string, parts: readonly StoredPart[]): Promise<void> {
    const Parts = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))
    const place = { ...this.#place(key), UploadId: uploadId }
    const command = new CompleteMultipartUploadCommand({ ...place, MultipartUpload: { Parts } })
    await this.#ask(() => this.#client.send(command))
  }

  /** Ending an upload that is over or unknown succeeds. */
  async abort(key: string, uploadId: string): Promise<void> {
    const command = new AbortMultipartUploadCommand({ ...this.#place(key), UploadId: uploadId })
    await unlessMissing(this.#ask(() => this.#client.send(command)))
  }

  /** Inside the object store; the bytes do not come here. */
  async copy(from: string, to: string, sizeBytes: number): Promise<void> {
    const CopySource = encodeURI(`${this.#bucket}/${this.#prefix}${from}`)
    if (sizeBytes <= maxCopyBytes) {
      await this.#ask(() => this.#client.send(new CopyObjectCommand({ ...this.#place(to), CopySource })))
      return
    }
    const uploadId = await this.begin(to)
    const parts: StoredPart[] = []
    for (let start = 0; start < sizeBytes; start += maxCopyBytes) {
      const end = Math.min(start + maxCopyBytes, sizeBytes)
      const place = { ...this.#place(to), UploadId: uploadId, PartNumber: parts.length + 1 }
      const command = new UploadPartCopyCommand({
        ...place,
        CopySource,
        CopySourceRange: `bytes=${start}-${end - 1}`,
      })
      const { CopyPartResult } = await this.#ask(() => this.#client.send(command))
      parts.push({ PartNumber: place.PartNumber, ETag: CopyPartResult?.ETag, sizeBytes: end - start })
    }
    await this.complete(to, uploadId, parts)
  }

  close(): void {
    this.#client.destroy()
  }

  /** Not by the paginator of the client, which goes on for ever where the last page names a next one. */
  async #listParts(query: ListPartsCommandInput): Promise<StoredPart[]> {
    const page = await this.#client.send(new ListPartsCommand(query))
    const parts = (page.Parts ?? []).map(({ PartNumber, ETag, Size = 0 }) => ({
      PartNumber,
      ETag,
      sizeBytes: Size,
    }))
    if (!page.IsTruncated || parts.length === 0) return parts
    return [...parts, ...(await this.#listParts({ ...query, PartNumberMarker: page.NextPartNumberMarker }))]
  }

  #place(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key }
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** What is missing and what was given up is left to who asked. */
  #failure(error: unknown): unknown {
    return isMissing(error) || isAbort(error) ? error : s3Failure(error, this.#location)
  }
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && ['NoSuchKey', 'NotFound', 'NoSuchUpload'].includes(error.name)
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
