/** A process that uploads a file at a steady pace and says on stdout how far it is, until it is killed. */
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { someBytes, digestOfBytes } from '../../src/store/blobs/conformance/open-blobs.ts'
import { openFileBlobStore } from '../../src/store/blobs/files/file-blob-store.ts'
import { openS3BlobStore, type S3Options } from '../../src/store/blobs/s3/s3-blob-store.ts'

const [kind, place = '', size = ''] = process.argv.slice(2)
const store =
  kind === 's3' ? await openS3BlobStore(JSON.parse(place) as S3Options) : await openFileBlobStore(place)
const bytes = someBytes(Number(size))
const { id } = await store.startUpload(digestOfBytes(bytes), bytes.length)
await store.append({ id, offset: 0, source: Readable.from(slowly(), { objectMode: false }) })

async function* slowly(): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += 500_000) {
    yield bytes.subarray(start, start + 500_000)
    process.stdout.write(`${start + 500_000}\n`)
    await delay(5)
  }
}
