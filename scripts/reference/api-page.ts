/** The page of the API: every route by noun, then every schema. */
import { api, openApiDocument, type ErrorCode, type Route } from '@slipway/contract'
import * as z from 'zod'
import { blocks, code, table } from './markdown.ts'
import { componentName, fieldsOf, linkTo, typeText, type Field, type Schema } from './schema-text.ts'

interface Parameter {
  name: string
  in: string
  required: boolean
  description?: string
  schema: Schema
}

interface Content {
  content?: Readonly<Record<string, { schema: Schema }>>
}

interface Operation {
  summary: string
  parameters: readonly Parameter[]
  requestBody?: Content
  responses: Readonly<Record<string, Content>>
}

interface Document {
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  components: { schemas: Readonly<Record<string, Schema>> }
}

export function apiPage(): string {
  // The contract renders plain JSON; its shape is that of OpenAPI 3.1.
  const document = openApiDocument('') as unknown as Document
  return blocks(
    '# API',
    introduction,
    ...Object.entries(api).map(([noun, routes]) => nounSection(document, noun, routes)),
    '## Schemas',
    'What is marked with * must be given. Fields with a default are always there in replies.',
    ...schemaSections({ ...eventSchemas(), ...document.components.schemas }),
  )
}

const introduction = blocks(
  'The management port (8800 unless told otherwise) answers these routes. The same document for programs, OpenAPI 3.1, is at `/v1/openapi.json`, and `@slipway/sdk` has a typed function for each route.',
  'Requests carry `Authorization: Bearer <token>`. Bodies and replies are JSON unless said otherwise. An `x-request-id` that you send comes back with the reply; otherwise there is a new one. Routes that answer 202 give an [Operation](#operation): read it, or follow the events of the workspace, until it has finished.',
  'Any route may answer `bad-request`, `invalid`, `unauthorized`, `internal` or `unavailable`, and one that takes a body `too-large` or `unsupported-media-type`. Errors are [Problem](#problem) documents; [errors](errors.md) has them all.',
)

function nounSection(document: Document, noun: string, routes: Readonly<Record<string, Route>>): string {
  const sections = Object.entries(routes).map(([verb, route]) =>
    routeSection(route, `${noun}.${verb}`, operationOf(document, route)),
  )
  return blocks(`## ${noun}`, ...sections)
}

function operationOf({ paths }: Document, { path, method }: Route): Operation {
  const operation = paths[path]?.[method.toLowerCase()]
  if (!operation) throw new Error(`the OpenAPI document lacks ${method} ${path}`)
  return operation
}

function routeSection(route: Route, id: string, operation: Operation): string {
  const open = route.open ? ' Needs no token.' : ''
  return blocks(
    `### ${id}`,
    code(`${route.method} ${route.path}`),
    `${operation.summary}${open}`,
    parameterTable(route, operation.parameters),
    [bodyLine(operation), replyLine(route, operation), errorLine(route.errors ?? [])]
      .filter(Boolean)
      .join('\n'),
  )
}

function parameterTable(route: Route, parameters: readonly Parameter[]): string {
  const defaults = (route.query?.safeParse({}).data ?? {}) as Record<string, unknown>
  const shown = parameters.filter((parameter) => parameter.in !== 'path' || parameter.name !== 'workspace')
  const rows = shown.map(({ name, in: place, required, description = '', schema }) => {
    const fallback = place === 'query' ? defaults[name] : undefined
    return [mark(code(name), required), place, typeText(schema), defaultText(fallback), description]
  })
  return table(['parameter', 'in', 'type', 'default', 'meaning'], rows)
}

function bodyLine({ requestBody }: Operation): string {
  return requestBody ? `- Body: ${contentText(requestBody)}` : ''
}

function replyLine(route: Route, { responses }: Operation): string {
  const [status = '', reply = {}] = Object.entries(responses).find(([text]) => text.startsWith('2')) ?? []
  const event = route.reply === 'events' ? ` of ${eventName(route)}` : ''
  return `- Reply: ${status}${reply.content ? `, ${contentText(reply)}${event}` : ', without a body'}`
}

function eventName(route: Route): string {
  const id = route.event?.meta()?.['id']
  return typeof id === 'string' ? linkTo(id) : 'JSON'
}

const mediaTexts: Readonly<Record<string, string>> = {
  'application/octet-stream': 'bytes (`application/octet-stream`)',
  'text/event-stream': 'a stream of server-sent events (`text/event-stream`)',
  'text/plain': 'text',
}

function contentText({ content = {} }: Content): string {
  const [media = '', { schema } = { schema: {} }] = Object.entries(content)[0] ?? []
  return mediaTexts[media] ?? typeText(schema)
}

function errorLine(codes: readonly ErrorCode[]): string {
  const links = codes.map((name) => `[${code(name)}](errors.md#${name})`)
  return links.length === 0 ? '' : `- Errors: ${links.join(', ')}`
}

/** What streams send is not in the OpenAPI document, which has no place for it. */
function eventSchemas(): Record<string, Schema> {
  const routes = Object.values(api).flatMap((noun) => Object.values(noun as Record<string, Route>))
  const rendered = routes.flatMap(({ event }) => (event ? z.toJSONSchema(event).$defs : undefined) ?? [])
  return Object.assign({}, ...rendered) as Record<string, Schema>
}

function schemaSections(schemas: Readonly<Record<string, Schema>>): string[] {
  const names = [...new Set(Object.keys(schemas).map(componentName))].toSorted()
  return names.map((name) => schemaSection(name, schemas))
}

/** Where requests and replies differ in their fields, each has its table. */
function schemaSection(name: string, schemas: Readonly<Record<string, Schema>>): string {
  const input = schemas[`${name}Input`]
  const output = schemas[name]
  const schema = input ?? output ?? {}
  const differs = input && output && fieldNames(input) !== fieldNames(output)
  if (!schema.properties) return blocks(`### ${name}`, `${capital(typeText(schema))}.`)
  if (!differs) return blocks(`### ${name}`, fieldTable(schema))
  return blocks(`### ${name}`, 'In requests:', fieldTable(input), 'In replies:', fieldTable(output))
}

function fieldNames(schema: Schema): string {
  return Object.keys(schema.properties ?? {}).join(' ')
}

function fieldTable(schema: Schema): string {
  return table(['field', 'type', 'default', 'meaning'], fieldsOf(schema).map(fieldRow))
}

function fieldRow({ path, schema, required }: Field): string[] {
  const isAlways = required && schema.default === undefined
  return [mark(code(path), isAlways), typeText(schema), defaultText(schema.default), schema.description ?? '']
}

function defaultText(value: unknown): string {
  return value === undefined ? '' : code(JSON.stringify(value))
}

function mark(text: string, isRequired: boolean): string {
  return isRequired ? `${text} *` : text
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
