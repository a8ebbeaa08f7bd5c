/** Parses the parts of a request by the schemas of its route. */
import {
  ApiError,
  checkValue,
  headerSchema,
  type FieldError,
  type Route,
  type ValuePlace,
} from '@slipway/contract'
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

interface Part extends ValuePlace {
  faults: FieldError[]
}

function parsePart(schema: z.ZodType | undefined, part: Part): unknown {
  if (!schema) return undefined
  const checked = checkValue(schema, part)
  if (checked.kind === 'valid') return checked.data
  part.faults.push(...checked.faults)
  return undefined
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
