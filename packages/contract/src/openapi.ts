/** Renders the API as an OpenAPI 3.1 document, from the routes and their schemas. */
import * as z from 'zod'
import { api } from './api.ts'
import { errorCodes, type ErrorCode } from './errors.ts'
import { headerSchema } from './header.ts'
import { Problem, problemContentType } from './problem.ts'
import type { Route } from './route.ts'

type Json = Record<string, unknown>

/** Errors that any route may answer. */
const everywhere: readonly ErrorCode[] = ['bad-request', 'internal', 'unavailable']

export function openApiDocument(version: string): Json {
  const schemas = new SchemaCollection()
  const paths: Record<string, Json> = {}
  for (const [noun, routes] of Object.entries(api)) {
    for (const [verb, route] of Object.entries(routes as Record<string, Route>)) {
      const item = (paths[route.path] ??= {})
      item[route.method.toLowerCase()] = operationOf(route, { noun, verb, schemas })
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Slipway',
      version,
      description: 'Registers models, builds images, deploys and runs services.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: Object.keys(api).map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.all(),
      headers: { RequestId: requestIdHeader },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}

const requestIdHeader = {
  description: 'Names the request in the server’s log; the one that was sent, or a new one.',
  required: true,
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,100}$' },
}

/** On every reply. */
const headers = { 'x-request-id': { $ref: '#/components/headers/RequestId' } }

interface Place {
  noun: string
  verb: string
  schemas: SchemaCollection
}

function operationOf(route: Route, place: Place): Json {
  const { noun, verb, schemas } = place
  return {
    operationId: `${noun}.${verb}`,
    tags: [noun],
    summary: route.summary,
    ...(route.open && { security: [] }),
    parameters: [
      ...parametersOf(route.params, 'path', schemas),
      ...parametersOf(route.query, 'query', schemas),
      ...parametersOf(headerSchema(route.headers ?? []), 'header', schemas),
    ],
    ...(route.body !== undefined && { requestBody: bodyOf(route.body, schemas) }),
    responses: { ...successOf(route, schemas), ...failuresOf(route, schemas) },
  }
}

function parametersOf(
  schema: z.ZodType | undefined,
  place: 'path' | 'query' | 'header',
  schemas: SchemaCollection,
): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = schemas.inline(schema) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description !== undefined && { description }),
      schema: rest,
    }
  })
}

function bodyOf(body: z.ZodType | 'bytes', schemas: SchemaCollection): Json {
  const content =
    body === 'bytes'
      ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
      : { 'application/json': { schema: schemas.reference(body, 'input') } }
  return { required: true, content }
}

const mediaTypes = {
  bytes: 'application/octet-stream',
  events: 'text/event-stream',
  text: 'text/plain',
} as const

function successOf(route: Route, schemas: SchemaCollection): Json {
  const status = String(route.status ?? (route.reply === undefined ? 204 : 200))
  const { reply } = route
  if (reply === undefined) return { [status]: { description: 'Done.', headers } }
  if (typeof reply === 'string') {
    return {
      [status]: {
        description: 'A stream.',
        headers,
        content: { [mediaTypes[reply]]: { schema: { type: 'string' } } },
      },
    }
  }
  return {
    [status]: {
      description: 'Success.',
      headers,
      content: { 'application/json': { schema: schemas.reference(reply, 'output') } },
    },
  }
}

/** One entry per status; its description names the codes. */
function failuresOf(route: Route, schemas: SchemaCollection): Json {
  const codes = new Set<ErrorCode>([...everywhere, ...(route.errors ?? [])])
  if (!route.open) codes.add('unauthorized')
  if (route.params || route.query || route.body) codes.add('invalid')
  if (route.body !== undefined) {
    codes.add('unsupported-media-type')
    codes.add('too-large')
  }
  const byStatus = Map.groupBy(codes, (code) => errorCodes[code].status)
  const content = { [problemContentType]: { schema: schemas.reference(Problem, 'output') } }
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      String(status),
      {
        description: names.map((name) => `\`${name}\`: ${errorCodes[name].title}`).join(' '),
        headers,
        content,
      },
    ]),
  )
}

/** Schemas with an id become components, once for input and once for output where the two differ. */
class SchemaCollection {
  readonly #components = new Map<string, Json>()

  /** A schema to use in place; components it refers to are collected. */
  reference(schema: z.ZodType, io: 'input' | 'output'): Json {
    const rendered = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Json
    const { $schema: _, $defs = {}, id, ...rest } = rendered
    const suffix = io === 'input' ? 'Input' : ''
    for (const [name, definition] of Object.entries($defs as Record<string, Json>)) {
      this.#components.set(name + suffix, relocate(withoutId(definition), suffix))
    }
    const body = relocate(rest, suffix)
    if (typeof id !== 'string') return body
    this.#components.set(id + suffix, body)
    return { $ref: `#/components/schemas/${id}${suffix}` }
  }

  /** An object schema whose properties become parameters. */
  inline(schema: z.ZodType): Json {
    return this.reference(schema, 'input')
  }

  all(): Json {
    return Object.fromEntries([...this.#components].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
}

function withoutId(schema: Json): Json {
  const { id: _, ...rest } = schema
  return rest
}

/** Points `#/$defs/Name` at the component that holds it. */
function relocate(schema: Json, suffix: string): Json {
  const text = JSON.stringify(schema).replaceAll(
    /"\$ref":"#\/\$defs\/([^"]+)"/g,
    (_, name: string) => `"$ref":"#/components/schemas/${name}${suffix}"`,
  )
  return JSON.parse(text) as Json
}
