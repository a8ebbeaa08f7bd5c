/** Fields of an image that are understood but cannot be honoured yet: named and refused, never ignored. */
import { ApiError, type ImageSpec } from '@slipway/contract'

const reasons: readonly { field: string; used(spec: ImageSpec): boolean; hint: string }[] = [
  {
    field: 'dockerFile',
    used: (spec) => spec.dockerFile !== undefined,
    hint: 'Put Python packages into the conda file and files beside the script.',
  },
  {
    field: 'baseImage',
    used: (spec) => spec.baseImage !== undefined,
    hint: 'Leave it out: the image runs on the Python that the conda file asks for.',
  },
  {
    field: 'baseImageRegistry',
    used: (spec) => spec.baseImageRegistry !== undefined,
    hint: 'Leave it out: there is no base image to fetch.',
  },
  {
    field: 'enableGpu',
    used: (spec) => spec.enableGpu,
    hint: 'Leave it out: the process target has no GPU.',
  },
  {
    field: 'cudaVersion',
    used: (spec) => spec.cudaVersion !== undefined,
    hint: 'Leave it out: the process target has no GPU.',
  },
  {
    field: 'environment.runtime',
    used: (spec) => spec.environment.runtime !== 'python',
    hint: 'Use the runtime `python`.',
  },
]

/** Errors: `unsupported`, naming the fields. */
export function refuseUnsupported(spec: ImageSpec): void {
  const used = reasons.filter((reason) => reason.used(spec))
  const [first] = used
  if (!first) return
  const named = used.map(({ field }) => field).join(', ')
  throw new ApiError('unsupported', `this version of Slipway cannot honour ${named}`, {
    hint: first.hint,
    fields: used.map(({ field }) => ({ path: `body.${field}`, message: 'cannot be honoured yet' })),
  })
}
