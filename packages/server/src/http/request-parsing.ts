/** Parses the parts of a request by the schemas of its route. */
import { ApiError, type FieldError, type Route } from '@slipway/contract'
import type { FastifyRequest } from 'fastify'
import * as z from 'zod'

/** Params, query and body, parsed. Errors: `invalid` naming every field at fault, `unsupported-media-type`. */
export function parseRequest(route: Route, request: FastifyRequest): Record<string, unknown> {
  const faults: FieldError[] = []
  const parsed = {
    params: parsePart(route.params, { where: 'path', value: request.params, faults }),
    query: parsePart(route.query, { where: 'query', value: request.query, faults }),
    body:
      route.body instanceof z.ZodType
        ? parsePart(route.body, { where: 'body', value: jsonBody(request), faults })
        : undefined,
  }
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
  part.faults.push(...result.error.issues.map((issue) => faultOf(issue, part)))
  return undefined
}

function faultOf(issue: z.core.$ZodIssue, part: Part): FieldError {
  const path = [part.where, ...issue.path].join('.')
  const value = valueAt(part.value, issue.path)
  const shown =
    value === undefined || typeof value === 'object' ? '' : ` (${JSON.stringify(value).slice(0, 120)})`
  return { path, message: issue.message + shown }
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
