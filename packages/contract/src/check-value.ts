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
const secret = /(?:^|\.)(?:keyValue|password|environmentVariables)(?:\.|$)/

function faultsOf(issue: z.core.$ZodIssue, { where, value: root }: ValuePlace): FieldError[] {
  const path = [...(where === undefined ? [] : [where]), ...issue.path].join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: `${path}.${key}`, message: 'is not known here' }))
  }
  const value = valueAt(root, issue.path)
  const isHidden = value === undefined || (typeof value === 'object' && value !== null) || secret.test(path)
  return [{ path, message: isHidden ? issue.message : `${issue.message} (${shorten(value)})` }]
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
