/** The management port: every route of the contract on fastify, problems for every failure. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { api, ApiError, openApiDocument, type Route } from '@slipway/contract'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { addBodyParsers, checkMediaType, maxJsonBytes } from './body-parsers.ts'
import { asApiError, isFault, refuseConnection } from './failures.ts'
import type { Handlers, RequestContext } from './handlers.ts'
import { sendProblem, sendReply } from './replies.ts'
import { parseRequest } from './request-parsing.ts'
import { checkToken } from './tokens.ts'
import { answerUnknown, documentPath } from './unknown-path.ts'

const defaultCloseDeadlineMs = 10_000

export interface ApiServerOptions {
  handlers: Handlers
  version: string
  /** SHA-256 of every valid token. */
  tokens: readonly Buffer[]
  /** Asked before each route of a workspace. Errors: `not-found`. */
  requireWorkspace(name: string): Promise<void>
  onError(error: unknown, request: { method: string; url: string; id: string }): void
  /** How long `close` waits for requests that are running, in milliseconds; default 10,000. */
  closeDeadlineMs?: number
}

export interface ApiServer {
  listen(port: number, host: string): Promise<{ port: number }>
  /** Takes no more requests, ends streams, lets what is running finish until the deadline, closes the port. */
  close(): Promise<void>
}

type AnyHandler = (request: unknown, context: RequestContext) => Promise<unknown>

export function createApiServer(options: ApiServerOptions): ApiServer {
  const stopping = new AbortController()
  const app = createFastify(stopping.signal)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    // Before the body is looked at: nobody wants it.
    if (request.is404) {
      await answerUnknown(request, reply)
      return reply
    }
    return undefined
  })
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
      await closeConnections(app, options.closeDeadlineMs ?? defaultCloseDeadlineMs)
    },
  }
}

function createFastify(stopping: AbortSignal): FastifyInstance {
  /** Connections on which a request is being answered. */
  const busy = new WeakSet<object>()
  const app = fastify({
    bodyLimit: maxJsonBytes,
    forceCloseConnections: 'idle',
    genReqId: requestIdOf,
    requestTimeout: 0,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: false },
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id)
      void sendProblem(reply, asApiError(error))
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable && !busy.has(socket)) refuseConnection(error, socket, randomUUID())
      else socket.destroy()
    },
  })
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    busy.add(socket)
    response.once('close', () => {
      busy.delete(socket)
      if (stopping.aborted) app.server.closeIdleConnections()
    })
  })
  return app
}

/** Connections go as soon as their request is answered; what still runs after the deadline is cut off. */
async function closeConnections(app: FastifyInstance, deadlineMs: number): Promise<void> {
  const deadline = setTimeout(() => app.server.closeAllConnections(), deadlineMs)
  await app.close()
  clearTimeout(deadline)
}

function requestIdOf(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\x21-\x7e]{1,100}$/.test(given) ? given : randomUUID()
}

function addRoutes(app: FastifyInstance, options: ApiServerOptions, stopping: AbortSignal): void {
  const document = JSON.stringify(openApiDocument(options.version))
  app.get(documentPath, (_request, reply) => reply.type('application/json; charset=utf-8').send(document))
  for (const [noun, routes] of Object.entries(api)) {
    const handlers = options.handlers[noun as keyof Handlers] as unknown as Record<string, AnyHandler>
    for (const [verb, route] of Object.entries(routes as Record<string, Route>)) {
      const handler = handlers[verb]
      if (!handler) throw new Error(`no handler for ${noun}.${verb}`)
      addRoute(app, { route, handler, stopping, ...options })
    }
  }
}

interface RouteWiring extends Pick<ApiServerOptions, 'tokens' | 'requireWorkspace' | 'onError'> {
  route: Route
  handler: AnyHandler
  stopping: AbortSignal
}

function addRoute(app: FastifyInstance, wiring: RouteWiring): void {
  const { route } = wiring
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    onRequest: async (request) => {
      if (!route.open) checkToken(request.headers.authorization, wiring.tokens)
    },
    handler: async (request, reply) => {
      try {
        await answer(wiring, request, reply)
      } catch (error) {
        if (!reply.sent) throw error
        // Nobody else hears of what breaks once the reply is a stream of ours.
        if (isFault(asApiError(error))) wiring.onError(error, request)
        reply.raw.destroy()
      } finally {
        giveUp(request.body)
      }
      return reply
    },
  })
}

async function answer(wiring: RouteWiring, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { route, handler, stopping } = wiring
  checkMediaType(route, request)
  const parsed = parseRequest(route, request)
  const workspace = (parsed.params as { workspace?: string } | undefined)?.workspace
  if (workspace !== undefined) await wiring.requireWorkspace(workspace)
  const context = contextOf(request, reply, stopping)
  const value = await handler({ ...parsed, stream: request.body }, context)
  await sendReply(route, reply, { value, signal: context.signal })
}

/** What is left of a body of bytes, nobody wants. */
function giveUp(body: unknown): void {
  if (body instanceof Readable) body.destroy()
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

interface Failed {
  error: unknown
  request: FastifyRequest
  reply: FastifyReply
  options: ApiServerOptions
}

async function answerError({ error, request, reply, options }: Failed): Promise<void> {
  const problem = asApiError(error)
  if (isFault(problem)) options.onError(error, request)
  if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer')
  await sendProblem(reply, problem)
}
