/** The rules of settings that no schema of one request can state: what a change leads to, and what this server can honour. */
import {
  ApiError,
  autoscaleFields,
  checkValue,
  ServiceSettings,
  VersionSettings,
  type FieldError,
} from '@slipway/contract'
import type * as z from 'zod'

/** What is left out stays; null takes away what need not be there. Errors: `invalid` naming the fields. */
export function changedServiceSettings(
  before: ServiceSettings,
  change: Readonly<Record<string, unknown>>,
): ServiceSettings {
  return changed(ServiceSettings, { ...before, ...freedAuth(before, change) }, change)
}

/** As `changedServiceSettings`, of a version. */
export function changedVersionSettings(
  before: VersionSettings,
  change: Readonly<Record<string, unknown>>,
): VersionSettings {
  return changed(VersionSettings, before, change)
}

function changed<T>(schema: z.ZodType<T>, before: object, change: Readonly<Record<string, unknown>>): T {
  const merged = Object.entries({ ...before, ...freedReplicas(change), ...change })
  const value = Object.fromEntries(merged.filter(([, field]) => field !== null && field !== undefined))
  const checked = checkValue(schema, { where: 'body.settings', value })
  if (checked.kind === 'valid') return checked.data
  throw invalid(checked.faults)
}

/**
 * Keys and tokens exclude each other: asking for one ends the other. Whoever turns tokens off is asked for a key again,
 * for a service is open only where that was said.
 */
function freedAuth(
  { tokenAuthEnabled: hadTokens }: ServiceSettings,
  change: Readonly<Record<string, unknown>>,
): Partial<ServiceSettings> {
  if (change['tokenAuthEnabled'] === true) return { authEnabled: false }
  if (change['authEnabled'] === true) return { tokenAuthEnabled: false }
  return hadTokens && change['tokenAuthEnabled'] === false ? { authEnabled: true } : {}
}

/** A fixed number of replicas and autoscaling exclude each other: turning one on or off takes the other's settings away. */
function freedReplicas(change: Readonly<Record<string, unknown>>): Readonly<Record<string, undefined>> {
  if (change['autoscaleEnabled'] === true) return { numReplicas: undefined }
  const gone = change['autoscaleEnabled'] === false ? autoscaleFields : []
  return Object.fromEntries(gone.map((field) => [field, undefined]))
}

/** What the server and its target can do. */
export interface Abilities {
  gpu: boolean
  /** Whether the scoring port speaks TLS. */
  tls: boolean
}

interface Refusal {
  field: string
  hint: string
  isRefused(settings: VersionSettings & Partial<ServiceSettings>, abilities: Abilities): boolean
}

const refusals: readonly Refusal[] = [
  {
    field: 'gpuCores',
    hint: 'Leave it out: the process target has no GPU.',
    isRefused: ({ gpuCores = 0 }, { gpu }) => gpuCores > 0 && !gpu,
  },
  {
    field: 'enableAppInsights',
    hint: 'Leave it out: telemetry is not collected yet; GET /metrics has the figures of every service.',
    isRefused: ({ enableAppInsights }) => enableAppInsights,
  },
  {
    field: 'collectModelData',
    hint: 'Leave it out: inputs and outputs are not collected yet.',
    isRefused: ({ collectModelData }) => collectModelData,
  },
  {
    field: 'sslEnabled',
    hint: 'Start the server with a certificate: slipway serve --tls-cert FILE --tls-key FILE',
    isRefused: ({ sslEnabled = false }, { tls }) => sslEnabled && !tls,
  },
]

/** Errors: `unsupported`, naming each field that cannot be honoured. */
export function refuseUnsupported(
  settings: VersionSettings & Partial<ServiceSettings>,
  abilities: Abilities,
): void {
  const refused = refusals.filter(({ isRefused }) => isRefused(settings, abilities))
  const [first] = refused
  if (!first) return
  const named = refused.map(({ field }) => field).join(', ')
  throw new ApiError('unsupported', `this server cannot honour ${named}`, {
    hint: first.hint,
    fields: refused.map(({ field }) => ({ path: `body.settings.${field}`, message: 'cannot be honoured' })),
  })
}

/** Errors that name fields of the request. */
export function invalid(faults: readonly [FieldError, ...FieldError[]]): ApiError {
  const [first] = faults
  return new ApiError('invalid', `${first.path}: ${first.message}`, { fields: [...faults] })
}
