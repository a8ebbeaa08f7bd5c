/** `slipway why`: the causal chain from the wish for a service to the fact. */
import type { Why } from '@slipway/contract'
import { argument, type Action } from '../action.ts'
import type { Define } from '../noun.ts'
import type { View } from '../output/result.ts'

export const defineWhy: Define = (command, act) => {
  command.argument('<service>', 'Name of the service.').action(act(why))
}

async function why(action: Action): Promise<void> {
  const client = await action.connect()
  const params = { workspace: action.workspace, name: argument(action, 0) }
  const answer = await client.services.why({ params }, { signal: action.signal })
  action.show(answer, viewOf(answer))
}

const marks = { ok: '✓', waiting: '…', failed: '✗', unknown: '·' } as const

function viewOf({ summary, chain, hint, log }: Why): View {
  const width = Math.max(...chain.map(({ step }) => step.length))
  const steps = chain.map(({ step, status, message }) => `${marks[status]} ${step.padEnd(width)}  ${message}`)
  const lines = [summary, '', ...steps]
  if (log.length > 0) lines.push('', 'log:', ...log.map((line) => `  ${line}`))
  if (hint !== undefined) lines.push('', `hint: ${hint}`)
  return { kind: 'lines', lines }
}
