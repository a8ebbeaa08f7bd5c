/** A server that takes part: how it is prepared and started, and what is asked of it. */
import type { ScoringRequest } from '../load/wrk.ts'

export interface Contender {
  name: string
  /** As it stands in the table. */
  title: string
  /** The comparison goes on without it where it does not start. */
  isPeer: boolean
  /** Starts it and resolves once it has given its first right answer. */
  start(): Promise<Started>
}

export interface Started {
  /** All its processes descend from this one. */
  pid: number
  /** From the start of the process to the first right answer. */
  firstReplyMs: number
  /** A request for the work. */
  request(work: Work): ScoringRequest
  stop(): Promise<void>
}

/** What `run` is asked to do. */
export type Work = { kind: 'numbers' } | { kind: 'burn'; ms: number } | { kind: 'large'; sizeBytes: number }

export const numbers = [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5]
const doubled = numbers.map((number) => 2 * number)

export function bodyOf(work: Work): string {
  if (work.kind === 'numbers') return JSON.stringify({ data: numbers })
  if (work.kind === 'burn') return JSON.stringify({ data: numbers, ms: work.ms })
  const emptyBytes = JSON.stringify({ data: '' }).length
  return JSON.stringify({ data: 'x'.repeat(work.sizeBytes - emptyBytes) })
}

/** Errors: the reply to a request for the doubled numbers is another. */
export function checkReply(text: string): void {
  const reply = JSON.parse(text) as { result?: unknown; predictions?: unknown }
  const numbers = JSON.stringify(reply.result ?? reply.predictions)
  if (numbers !== JSON.stringify(doubled)) throw new Error(`expected ${JSON.stringify(doubled)}, got ${text}`)
}
