/** Parses the parts of a request by the schemas of its route. */
import { ApiError, headerSchema, type FieldError, type Route } from '@slipway/contract'
import type { FastifyRequest } from 'fastify'
import * as z from 'zod'

/** What routes without a query take: a parameter that nobody reads is a mistake of the caller. */
const noQuery = z.strictObject({})

/** Params, query and body, parsed. Errors: `invalid` naming every field at fault, `bad-request` without a body. */
export function parseRequest(route: Route, request: FastifyRequest): Record<string, unknown> {
  const faults: FieldError[] = []
  const parsed = {
    params: parsePart(route.params, { where: 'path', value: request.params, faults }),
    query: parsePart(route.query ?? noQuery, { where: 'query', value: request.query, faults }),
    body:
      route.body instanceof z.ZodType
        ? parsePart(route.body, { where: 'body', value: jsonBody(request), faults })
        : undefined,
  }
  parsePart(headerSchema(route.headers ?? []), { where: 'header', value: request.headers, faults })
  if (faults.length > 0) throw invalid(faults)
  return parsed
}

interface Part {
  where: string
  value: unknown
  faults: FieldError[]
}

function parsePart(schema: z.ZodType | undefined, part: Part): unknown {
  if (!schema) return undefined
  const result = schema.safeParse(part.value)
  if (result.success) return result.data
  part.faults.push(...result.error.issues.flatMap((issue) => faultsOf(issue, part)))
  return undefined
}

/** Values of these never appear in a reply, not even to who sent them: replies are logged on the way. */
const secret = /(?:^|\.)(?:keyValue|password|environmentVariables)(?:\.|$)/

function faultsOf(issue: z.core.$ZodIssue, { where, value: root }: Part): FieldError[] {
  const path = [where, ...issue.path].join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: `${path}.${key}`, message: 'is not known here' }))
  }
  const value = valueAt(root, issue.path)
  const hidden = value === undefined || typeof value === 'object' || secret.test(path)
  return [{ path, message: hidden ? issue.message : `${issue.message} (${shorten(value)})` }]
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

/** A body that has no JSON content type never reaches the schema: the sender is told the type instead. */
function jsonBody(request: FastifyRequest): unknown {
  if (request.body === undefined) {
    throw new ApiError('bad-request', 'this request needs a JSON body, and has none')
  }
  return request.body
}

function invalid(faults: FieldError[]): ApiError {
  const [first] = faults
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
  return new ApiError('invalid', `${first?.path}: ${first?.message}${more}`, { fields: faults })
}
