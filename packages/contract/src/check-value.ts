/** Checks a value against a schema, and tells each fault by the rule and the value. */
import type * as z from 'zod'
import { brokenRule } from './broken-rule.ts'
import type { FieldError } from './errors.ts'

export type Checked<T> =
  { kind: 'valid'; data: T } | { kind: 'invalid'; faults: readonly [FieldError, ...FieldError[]] }

export interface ValuePlace {
  /** Begins the paths of all faults, such as `body`; without it they begin inside the value. */
  where?: string
  value: unknown
}

/** What the schema makes of the value, or every fault, such as `must be at least 1 (0)`. Secrets are never shown. */
export function checkValue<T>(schema: z.ZodType<T>, place: ValuePlace): Checked<T> {
  const result = schema.safeParse(place.value, { error: brokenRule })
  if (result.success) return { kind: 'valid', data: result.data }
  const [first, ...more] = result.error.issues.flatMap((issue) => faultsOf(issue, place))
  // Zod fails with one issue at least.
  if (!first) throw result.error
  return { kind: 'invalid', faults: [first, ...more] }
}

/** Values of these are shown to nobody, not even to who gave them: messages end up in logs. */
const secret = /(?:^|\.)(?:keyValue|primaryKey|secondaryKey|password|environmentVariables)(?:\.|$)/

function faultsOf(issue: z.core.$ZodIssue, { where, value: root }: ValuePlace): FieldError[] {
  const path = [...(where === undefined ? [] : [where]), ...issue.path].join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: `${path}.${key}`, message: unknownField(path, key) }))
  }
  const value = valueAt(root, issue.path)
  const isHidden = value === undefined || (typeof value === 'object' && value !== null) || secret.test(path)
  return [{ path, message: isHidden ? issue.message : `${issue.message} (${shorten(value)})` }]
}

/** Settings that Azure had on its services, and that have another place here. */
const elsewhere = new Map([
  ['sslCertPemFile', 'is set for the whole scoring port: slipway serve --tls-cert FILE'],
  ['sslKeyPemFile', 'is set for the whole scoring port: slipway serve --tls-key FILE'],
  ['sslCertificate', 'is set for the whole scoring port: slipway serve --tls-cert FILE'],
  ['sslKey', 'is set for the whole scoring port: slipway serve --tls-key FILE'],
  ['sslCname', 'is set for the whole scoring port: slipway serve --public-scoring-url URL'],
  ['cname', 'is set for the whole scoring port: slipway serve --public-scoring-url URL'],
  ['dnsNameLabel', 'is set for the whole scoring port: slipway serve --public-scoring-url URL'],
  ['location', 'is not a setting: a service runs where its server runs'],
  ['namespace', 'is not a setting: the workspace is the space of names'],
  ['fpga', 'is not a setting: the process target has no FPGA'],
])

function unknownField(path: string, key: string): string {
  const place = /(?:^|\.)settings$/.test(path) ? elsewhere.get(key) : undefined
  return place ?? 'is not known here'
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    root,
  )
}
