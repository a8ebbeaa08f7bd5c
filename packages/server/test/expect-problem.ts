/** What every refusal has to be: a well-formed problem document, with the status and the title of its code. */
import { errorCodes, Problem, type ErrorCode } from '@slipway/contract'
import { expect } from 'vitest'
import type { RunningApp } from './running-app.ts'
import type { Reply, RequestParts } from './send-request.ts'

/** The problem in a reply, once it has been found to be well formed. */
export function problemOf(reply: Reply, code: ErrorCode): Problem {
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json(;|$)/)
  const problem = Problem.parse(reply.json)
  expect(problem).toMatchObject({ code, status: errorCodes[code].status, title: errorCodes[code].title })
  expect(reply.status).toBe(problem.status)
  expect(problem.requestId).toBe(reply.headers['x-request-id'])
  return problem
}

export interface Asked extends RequestParts {
  method: string
  target: string
}

/** Sends a request that has to be refused with a code. */
export async function refusal(
  app: RunningApp,
  code: ErrorCode,
  { method, target, ...parts }: Asked,
): Promise<Problem> {
  return problemOf(await app.send(method, target, parts), code)
}
