/** Answers a path or a method that no route has. */
import { api, ApiError, type Route } from '@slipway/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from './replies.ts'

/** Where the OpenAPI document is. */
export const documentPath = '/v1/openapi.json'

export async function answerUnknown(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const path = request.url.split('?')[0] ?? ''
  const methods = methodsOf(path)
  if (methods.length === 0) return sendProblem(reply, new ApiError('not-found', `there is no ${path} here`))
  const allowed = methods.join(', ')
  reply.header('allow', allowed)
  const detail = `${path} takes ${allowed}, got ${request.method}`
  return sendProblem(reply, new ApiError('method-not-allowed', detail))
}

const templates = [
  { method: 'GET', pattern: new RegExp(`^${documentPath.replaceAll('.', '\\.')}$`) },
  ...Object.values(api).flatMap((routes) =>
    Object.values(routes as Record<string, Route>).map(({ method, path }) => ({
      method,
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    })),
  ),
]

/** What can be read has a head. */
function methodsOf(path: string): string[] {
  const found = templates.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
  return [...new Set(found.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))]
}
