/** Every route is declared whole: what it takes, what it answers, how it fails. */
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { api } from './api.ts'
import { errorCodes } from './errors.ts'
import { requestHeaders } from './header.ts'
import { openApiDocument } from './openapi.ts'
import type { Route } from './route.ts'

const routes = Object.entries(api).flatMap(([noun, verbs]) =>
  Object.entries(verbs as Record<string, Route>).map(([verb, route]) => ({ id: `${noun}.${verb}`, route })),
)

interface Operation {
  operationId: string
  responses: Record<string, { description: string }>
}

const { paths } = openApiDocument('1.0.0') as { paths: Record<string, Record<string, Operation>> }
const operations = Object.values(paths).flatMap((item) => Object.values(item))

describe.each(routes)('the route $id', ({ route }) => {
  test('has a summary that is a sentence', () => {
    expect(route.summary).toMatch(/^[A-Z].*\.$/)
  })

  test('has params for each placeholder, and no others', () => {
    const placeholders = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    expect(Object.keys(shapeOf(route.params)).sort()).toEqual(placeholders.sort())
  })

  test('declares the errors beyond the common ones, each once', () => {
    const errors = route.errors ?? []
    expect(new Set(errors).size).toBe(errors.length)
    expect(errors.every((code) => code in errorCodes)).toBe(true)
    expect(errors).not.toContain('internal')
  })

  test('can miss what its path names', () => {
    expect(route.params === undefined || route.errors?.includes('not-found')).toBe(true)
  })

  test('answers what its status says', () => {
    expect(route.reply === undefined).toBe(route.status === 204)
    expect(route.event === undefined).toBe(route.reply !== 'events')
    expect(typeof route.reply === 'string' && route.status !== undefined).toBe(false)
  })

  test('takes a body only where HTTP has one', () => {
    expect(route.body !== undefined && ['GET', 'DELETE'].includes(route.method)).toBe(false)
  })

  test('refuses fields and parameters it does not know', () => {
    for (const schema of [route.query, route.body]) {
      if (!(schema instanceof z.ZodObject)) continue
      const codes = schema.safeParse({ misspelt: 1 }).error?.issues.map(({ code }) => code)
      expect(codes).toContain('unrecognized_keys')
    }
  })

  test('describes every parameter and field of its own', () => {
    for (const schema of [route.query, route.body]) {
      const nameless = Object.entries(shapeOf(schema)).filter(
        ([, field]) => descriptionOf(field) === undefined,
      )
      expect(nameless.map(([name]) => name)).toEqual([])
    }
  })

  test('names headers that have a rule', () => {
    for (const header of route.headers ?? []) expect(requestHeaders).toHaveProperty(header)
  })

  test('is in the OpenAPI document with its success and every error', () => {
    const operation = paths[route.path]?.[route.method.toLowerCase()]
    const status = String(route.status ?? 200)
    const errors = (route.errors ?? []).map((code) => String(errorCodes[code].status))
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining([status, '400', '500', ...errors]),
    )
    const refusals = operation?.responses['401']
    expect(refusals === undefined).toBe(route.open === true)
  })
})

describe('the routes together', () => {
  test('have an address each', () => {
    const addresses = routes.map(({ route }) => `${route.method} ${route.path}`)
    expect(new Set(addresses).size).toBe(addresses.length)
  })

  test('have an id each', () => {
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.sort()).toEqual(routes.map(({ id }) => id).sort())
  })

  test('never give two schemas the same id', () => {
    const byId = Map.groupBy(everySchema(), (schema) => z.globalRegistry.get(schema)?.id)
    byId.delete(undefined)
    const shared = [...byId].filter(([, schemas]) => new Set(schemas).size > 1)
    expect(byId.size).toBeGreaterThan(40)
    expect(shared.map(([id]) => id)).toEqual([])
  })

  test('use the same word for the same part of a path', () => {
    const parts = new Set(routes.flatMap(({ route }) => Object.keys(shapeOf(route.params))))
    expect([...parts].sort()).toEqual(['name', 'upload', 'version', 'workspace'])
  })
})

describe('the OpenAPI document', () => {
  test('has every component that it refers to', () => {
    const document = openApiDocument('1.0.0')
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, ref = '']) => ref,
    )
    expect(references.length).toBeGreaterThan(100)
    const dangling = references.filter((ref) => at(document, ref.split('/')) === undefined)
    expect(dangling).toEqual([])
  })

  test('holds no schema that says nothing', () => {
    const { components } = openApiDocument('1.0.0') as { components: { schemas: Record<string, object> } }
    const empty = Object.entries(components.schemas).filter(([, schema]) => Object.keys(schema).length === 0)
    expect(empty).toEqual([])
  })

  test('carries the version it is asked for', () => {
    expect(openApiDocument('7.8.9')).toMatchObject({ openapi: '3.1.0', info: { version: '7.8.9' } })
  })
})

function shapeOf(schema: unknown): Record<string, z.ZodType> {
  return schema instanceof z.ZodObject ? schema.shape : {}
}

/** Its own, or that of the schema inside a default or an option. */
function descriptionOf(schema: z.ZodType): string | undefined {
  const { innerType } = schema.def as { innerType?: z.ZodType }
  return schema.description ?? z.globalRegistry.get(schema)?.id ?? (innerType && descriptionOf(innerType))
}

function at(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root)
}

/** All schemas that routes reach. */
function everySchema(): z.ZodType[] {
  const seen = new Set<z.ZodType>()
  const visit = (value: unknown): void => {
    if (value instanceof z.ZodType) {
      if (seen.has(value)) return
      seen.add(value)
      visit(value.def)
      if (value instanceof z.ZodObject) visit(value.shape)
      return
    }
    if (typeof value !== 'object' || value === null) return
    for (const inner of Object.values(value)) visit(inner)
  }
  for (const { route } of routes) visit([route.params, route.query, route.body, route.reply, route.event])
  return [...seen]
}
