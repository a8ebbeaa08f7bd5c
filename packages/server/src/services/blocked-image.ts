/** What is said of a version whose image is not there to be run. */
import type { ApiError, Failure, NamedVersion, Revision } from '@slipway/contract'
import type { Plan } from './plan.ts'
import type { ImageDocument } from './service-tools.ts'

/** A version, and what serves of it. */
export interface Blocked {
  version: Pick<NamedVersion, 'image'>
  serving: Revision | undefined
}

export function missingImage(blocked: Blocked): Plan {
  const message = `the image ${blocked.version.image} does not exist`
  return failed(blocked, 'ImageMissing', { code: 'ImageMissing', message })
}

/** Undefined for an image that is built. */
export function unfinishedImage(blocked: Blocked, { status }: ImageDocument): Plan | undefined {
  const { image } = blocked.version
  if (status.state === 'Succeeded') return undefined
  if (status.state === 'NotStarted' || status.state === 'Running') {
    const message = `waiting for the image ${image} (${status.state})`
    const state = 'Transitioning'
    return { serve: servedNow(blocked), state, reason: 'ImageNotReady', message, complete: false }
  }
  const message = `the image ${image} was not built: ${status.error?.message ?? status.state}`
  const hint = `Read its log: slipway image logs ${image}`
  return failed(blocked, 'ImageFailed', { code: 'ImageFailed', message, hint })
}

/** It is built, and cannot be unpacked here: a full disk, a damaged blob, packages that are gone. */
export function unopenedImage(blocked: Blocked, { code, message, hint }: ApiError): Plan {
  const text = `the image ${blocked.version.image} cannot be opened on this machine: ${message}`
  return failed(blocked, 'ImageNotOpened', { code, message: text, ...(hint !== undefined && { hint }) })
}

function failed(blocked: Blocked, reason: string, error: Failure): Plan {
  const { message } = error
  return { serve: servedNow(blocked), state: 'Failed', reason, message, error, complete: false }
}

function servedNow({ serving }: Blocked): Plan['serve'] {
  return serving ? 'previous' : 'nobody'
}
