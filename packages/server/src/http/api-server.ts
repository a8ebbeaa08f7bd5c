/** The management port: every route of the contract on fastify, problems for every failure. */
import { randomUUID } from 'node:crypto'
import { api, ApiError, openApiDocument, type Route } from '@slipway/contract'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Handlers, RequestContext } from './handlers.ts'
import { sendProblem, sendReply } from './replies.ts'
import { parseRequest } from './request-parsing.ts'
import { checkToken } from './tokens.ts'

/** Largest JSON body, in bytes: room for a list of 100,000 files. */
const maxJsonBytes = 48 * 2 ** 20

/** Largest part of an upload, in bytes. */
export const maxPartBytes = 256 * 2 ** 20

export interface ApiServerOptions {
  handlers: Handlers
  version: string
  /** SHA-256 of every valid token. */
  tokens: readonly Buffer[]
  /** Asked before each route of a workspace. Errors: `not-found`. */
  requireWorkspace(name: string): Promise<void>
  onError(error: unknown, request: { method: string; url: string; id: string }): void
}

export interface ApiServer {
  listen(port: number, host: string): Promise<{ port: number }>
  /** Ends streams, finishes the requests that are running, closes the port. */
  close(): Promise<void>
}

type AnyHandler = (request: unknown, context: RequestContext) => Promise<unknown>

export function createApiServer(options: ApiServerOptions): ApiServer {
  const app = fastify({
    bodyLimit: maxJsonBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    genReqId: requestIdOf,
    requestTimeout: 0,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: false },
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, translate(error)),
  })
  const stopping = new AbortController()
  addBodyParsers(app)
  app.setErrorHandler((error, request, reply) => answerError({ error, request, reply, options }))
  app.setNotFoundHandler(answerUnknown)
  addRoutes(app, options, stopping.signal)
  return {
    async listen(port, host) {
      await app.listen({ port, host })
      const address = app.server.address()
      if (address === null || typeof address === 'string') throw new Error('the port has no number')
      return { port: address.port }
    },
    async close() {
      stopping.abort(new ApiError('unavailable', 'the server is stopping'))
      await app.close()
    },
  }
}

function requestIdOf(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\x21-\x7e]{1,100}$/.test(given) ? given : randomUUID()
}

/** JSON is parsed; an empty body counts as none; bytes are left to the handler as a stream. */
function addBodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    if (text === '') return done(null, undefined)
    try {
      return done(null, JSON.parse(String(text)))
    } catch (cause) {
      return done(new ApiError('bad-request', `the body is not JSON: ${(cause as Error).message}`, { cause }))
    }
  })
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
}

function addRoutes(app: FastifyInstance, options: ApiServerOptions, stopping: AbortSignal): void {
  const document = JSON.stringify(openApiDocument(options.version))
  app.get('/v1/openapi.json', (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(document),
  )
  for (const [noun, routes] of Object.entries(api)) {
    const handlers = options.handlers[noun as keyof Handlers] as unknown as Record<string, AnyHandler>
    for (const [verb, route] of Object.entries(routes as Record<string, Route>)) {
      const handler = handlers[verb]
      if (!handler) throw new Error(`no handler for ${noun}.${verb}`)
      addRoute(app, { route, handler, stopping, ...options })
    }
  }
}

interface RouteWiring extends Pick<ApiServerOptions, 'tokens' | 'requireWorkspace'> {
  route: Route
  handler: AnyHandler
  stopping: AbortSignal
}

function addRoute(app: FastifyInstance, { route, handler, stopping, ...wiring }: RouteWiring): void {
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    ...(route.body === 'bytes' && { bodyLimit: maxPartBytes }),
    onRequest: async (request) => {
      if (!route.open) checkToken(request.headers.authorization, wiring.tokens)
    },
    handler: async (request, reply) => {
      checkMediaType(route, request)
      const parsed = parseRequest(route, request)
      const workspace = (parsed.params as { workspace?: string } | undefined)?.workspace
      if (workspace !== undefined) await wiring.requireWorkspace(workspace)
      const context = contextOf(request, reply, stopping)
      reply.header('x-request-id', request.id)
      const value = await handler({ ...parsed, stream: request.body }, context)
      await sendReply(route, reply, value)
      return reply
    },
  })
}

function contextOf(request: FastifyRequest, reply: FastifyReply, stopping: AbortSignal): RequestContext {
  const left = new AbortController()
  reply.raw.once('close', () => left.abort(new ApiError('bad-request', 'the client left')))
  return {
    signal: AbortSignal.any([left.signal, stopping]),
    requestId: request.id,
    header: (name) => {
      const value = request.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
  }
}

/** A path that takes bytes refuses JSON, and the other way round. */
function checkMediaType(route: Route, request: FastifyRequest): void {
  if (route.body === undefined) return
  const wanted = route.body === 'bytes' ? 'application/octet-stream' : 'application/json'
  const given = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (given === undefined && route.body !== 'bytes' && request.body === undefined) return
  if (given !== wanted) {
    throw new ApiError('unsupported-media-type', `the content type must be ${wanted}, got ${given ?? 'none'}`)
  }
}

interface Failed {
  error: unknown
  request: FastifyRequest
  reply: FastifyReply
  options: ApiServerOptions
}

async function answerError({ error, request, reply, options }: Failed): Promise<void> {
  const problem = translate(error)
  if (problem.code === 'internal') options.onError(error, request)
  if (reply.raw.headersSent) {
    reply.raw.destroy()
    return
  }
  reply.header('x-request-id', request.id)
  await sendProblem(reply, problem)
}

/** Errors of fastify itself have a status; anything else unknown is ours to mend. */
function translate(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const { statusCode, message } = error as Partial<FastifyError>
  if (statusCode === 413)
    return new ApiError('too-large', `the body is over the limit of ${maxJsonBytes} bytes`)
  if (statusCode === 415)
    return new ApiError('unsupported-media-type', 'the content type is not one this path takes')
  if (statusCode !== undefined && statusCode < 500)
    return new ApiError('bad-request', message ?? 'bad request')
  return new ApiError('internal', 'an unexpected error; the request id finds it in the log', { cause: error })
}

const templates = Object.values(api).flatMap((routes) =>
  Object.values(routes as Record<string, Route>).map((route) => ({
    method: route.method,
    pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  })),
)

async function answerUnknown(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const path = request.url.split('?')[0] ?? ''
  const methods = templates.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
  reply.header('x-request-id', request.id)
  if (methods.length === 0) return sendProblem(reply, new ApiError('not-found', `there is no ${path} here`))
  reply.header('allow', [...new Set(methods)].join(', '))
  const error = new ApiError(
    'method-not-allowed',
    `${path} takes ${methods.join(', ')}, got ${request.method}`,
  )
  return sendProblem(reply, error)
}
