/** Says of a request that the object store did not serve: where it went, what was answered, what to do. */
import { S3ServiceException } from '@aws-sdk/client-s3'
import { ApiError } from '@slipway/contract'

/** Where requests go, as the settings of the server name it. */
export interface S3Location {
  endpoint?: string | undefined
  bucket: string
  region: string
}

/** The error `unavailable` for whatever the client threw. */
export function s3Failure(error: unknown, location: S3Location): ApiError {
  const { said, hint } = error instanceof S3ServiceException ? describeAnswer(error) : describeSilence(error)
  const { endpoint = 'of the region', bucket, region } = location
  const where = `endpoint ${endpoint}, bucket ${bucket}, region ${region}`
  return new ApiError('unavailable', `the object store ${said} (${where})`, { hint, cause: error })
}

interface Description {
  said: string
  hint: string
}

function describeSilence(error: unknown): Description {
  const reason = error instanceof Error ? error.message : String(error)
  return {
    said: `does not answer: ${reason}`,
    hint: 'Check that the object store runs, and that --s3-endpoint is its address.',
  }
}

function describeAnswer(error: S3ServiceException): Description {
  const status = error.$metadata.httpStatusCode ?? 0
  // An answer without a document has no name of its own, only its status.
  const reason = error.name === 'Unknown' ? '' : ` ${error.name}: ${error.message}`
  return { said: `answered ${status}${reason}`, hint: hintFor(status, error) }
}

const regionFaults = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'PermanentRedirect',
  'TemporaryRedirect',
])

function hintFor(status: number, error: S3ServiceException): string {
  if ((status >= 300 && status < 400) || regionFaults.has(error.name)) {
    const region = error.$response?.headers['x-amz-bucket-region']
    return `Set --s3-region to ${region ?? 'the region of the bucket'}.`
  }
  if (error.name === 'NoSuchBucket') return 'Create the bucket, or name another one with --s3-bucket.'
  if (status >= 500) return 'Look at the log of the object store, and try again.'
  return status === 400 ? 'Check --s3-endpoint and --s3-region.' : accessHint
}

const accessHint =
  'Check --s3-access-key-id and --s3-secret-access-key, and that this key may use the bucket of --s3-bucket.'
