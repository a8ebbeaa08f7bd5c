/** What is said of a service whose image is not there to be run. */
import type { ApiError, Failure } from '@slipway/contract'
import type { Plan } from './plan.ts'
import type { ServiceResource } from './service-document.ts'
import type { ImageDocument } from './service-tools.ts'

export function missingImage(service: ServiceResource): Plan {
  const message = `the image ${service.spec.image} does not exist`
  return failed(service, 'ImageMissing', { code: 'ImageMissing', message })
}

/** Undefined for an image that is built. */
export function unfinishedImage(service: ServiceResource, { status }: ImageDocument): Plan | undefined {
  const { image } = service.spec
  if (status.state === 'Succeeded') return undefined
  if (status.state === 'NotStarted' || status.state === 'Running') {
    const message = `waiting for the image ${image} (${status.state})`
    return {
      serve: servedNow(service),
      state: 'Transitioning',
      reason: 'ImageNotReady',
      message,
      complete: false,
    }
  }
  const message = `the image ${image} was not built: ${status.error?.message ?? status.state}`
  const hint = `Read its log: slipway image logs ${image}`
  return failed(service, 'ImageFailed', { code: 'ImageFailed', message, hint })
}

/** It is built, and cannot be unpacked here: a full disk, a damaged blob, packages that are gone. */
export function unopenedImage(service: ServiceResource, { code, message, hint }: ApiError): Plan {
  const text = `the image ${service.spec.image} cannot be opened on this machine: ${message}`
  return failed(service, 'ImageNotOpened', { code, message: text, ...(hint !== undefined && { hint }) })
}

function failed(service: ServiceResource, reason: string, error: Failure): Plan {
  const { message } = error
  return { serve: servedNow(service), state: 'Failed', reason, message, error, complete: false }
}

function servedNow({ status }: ServiceResource): Plan['serve'] {
  return status.serving ? 'previous' : 'nobody'
}
