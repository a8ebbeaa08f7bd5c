/** `slipway why`: the causal chain from the wish for a service to the fact. */
import type { Why, WhyVersion } from '@slipway/contract'
import { argument, type Action } from '../action.ts'
import type { Define } from '../noun.ts'
import type { View } from '../output/result.ts'
import { decisionLines } from '../service/version-view.ts'

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

function viewOf(why: Why): View {
  const versions = why.versions.flatMap((version) => ['', `version ${version.name}`, ...linesOf(version)])
  return { kind: 'lines', lines: [...linesOf(why), ...versions] }
}

function linesOf({ summary, chain, hint, log, autoscale }: Why | WhyVersion): string[] {
  const width = Math.max(...chain.map(({ step }) => step.length))
  const steps = chain.map(({ step, status, message }) => `${marks[status]} ${step.padEnd(width)}  ${message}`)
  const lines = [summary, '', ...steps]
  if (autoscale) lines.push('', ...autoscaleLines(autoscale))
  if (log.length > 0) lines.push('', 'log:', ...log.map((line) => `  ${line}`))
  if (hint !== undefined) lines.push('', `hint: ${hint}`)
  return lines
}

function autoscaleLines(autoscale: NonNullable<Why['autoscale']>): string[] {
  const now = autoscale.sample === undefined ? [] : [`  now  ${autoscale.sample}`]
  const decisions = decisionLines(autoscale).map((line) => `  ${line}`)
  return [`autoscale: wants ${autoscale.replicas}`, ...now, ...decisions]
}
