/** Which servers are asked: ours, and another one that variables name. */
import path from 'node:path'
import { projectDir } from '../../../support/stage.ts'
import type { Profile } from '../scoring-case.ts'
import { commandTarget } from './command-target.ts'
import { gatewayTarget } from './gateway-target.ts'
import type { ScoringTarget } from './target.ts'

/**
 * `SLIPWAY_CONFORMANCE_COMMAND` starts another server, `{script}` and `{port}` filled in; `SLIPWAY_CONFORMANCE_URL` is
 * one that serves the script of the suite `SLIPWAY_CONFORMANCE_SUITE` already. `SLIPWAY_CONFORMANCE_PROFILE` says whose
 * answers are expected: `azure` unless given, `score-server` or `gateway`. Then ours are not asked.
 */
export function targetsOf(env: NodeJS.ProcessEnv): ScoringTarget[] {
  const profile = profileOf(env['SLIPWAY_CONFORMANCE_PROFILE'])
  const { SLIPWAY_CONFORMANCE_COMMAND: command, SLIPWAY_CONFORMANCE_URL: url } = env
  if (command) return [commandTarget({ name: command, profile, command: command.split(' ') })]
  if (url) return [urlTarget(new URL(url), env['SLIPWAY_CONFORMANCE_SUITE'] ?? '', profile)]
  return [scoreServerTarget, gatewayTarget]
}

const scoreServerTarget = commandTarget({
  name: 'the score server',
  profile: 'score-server',
  command: [
    path.join(projectDir, 'bin', 'slipway'),
    'score-server',
    '--entry-script',
    '{script}',
    '--port',
    '{port}',
  ],
})

function urlTarget(url: URL, suiteName: string, profile: Profile): ScoringTarget {
  return {
    name: url.href,
    profile,
    skips: ({ name }) => (name === suiteName ? undefined : `it serves the script of ${suiteName}`),
    open: async () => ({
      port: Number(url.port),
      prefix: url.pathname.replace(/\/$/, ''),
      close: async () => undefined,
    }),
  }
}

function profileOf(name: string | undefined): Profile {
  return name === 'score-server' || name === 'gateway' ? name : 'azure'
}
