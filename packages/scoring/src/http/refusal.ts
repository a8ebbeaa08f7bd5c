/** Replies to requests that reach no service: without ids and version, as the scoring server gives them. */
import type { ClientRequest, ReplyHead } from './client-request.ts'
import { messageReply } from './replies.ts'

export interface Refusal {
  head: ReplyHead
  body: Buffer
}

export function refusal(status: number, message: string): Refusal {
  const { body } = messageReply(status, message)
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length)]
  headers.push('x-ms-run-function-failed', 'False')
  return { head: { status, headers, isTrusted: true }, body }
}

export function refuse(request: ClientRequest, status: number, message: string): void {
  const { head, body } = refusal(status, message)
  request.reply(head, body)
}
