/** Every exit code of the command line, and the errors that lead to it. The reference page is generated from these tables. */
import type { ErrorCode } from '@slipway/contract'

export const exitCodes = {
  done: { status: 0, meaning: 'Done.' },
  failed: { status: 1, meaning: 'Failed: what was asked for was tried and did not succeed.' },
  usage: { status: 2, meaning: 'The command line or a value in it is wrong.' },
  'not-found': { status: 3, meaning: 'Something that was named does not exist.' },
  conflict: { status: 4, meaning: 'It exists already, is in use, or was changed by someone else.' },
  unreachable: { status: 5, meaning: 'No server answers, or a part it needs is away.' },
  refused: { status: 6, meaning: 'The token is missing or not valid.' },
  interrupted: { status: 130, meaning: 'Interrupted by the user.' },
} as const satisfies Record<string, { status: number; meaning: string }>

export type Outcome = keyof typeof exitCodes

const outcomes: Readonly<Record<ErrorCode, Outcome>> = {
  'bad-request': 'usage',
  unauthorized: 'refused',
  'not-found': 'not-found',
  'method-not-allowed': 'failed',
  conflict: 'conflict',
  'in-use': 'conflict',
  'offset-mismatch': 'conflict',
  expired: 'failed',
  'precondition-failed': 'conflict',
  'too-large': 'failed',
  'unsupported-media-type': 'failed',
  invalid: 'usage',
  unsupported: 'failed',
  'blob-missing': 'failed',
  'digest-mismatch': 'failed',
  'unsafe-model': 'failed',
  unsatisfiable: 'failed',
  'build-failed': 'failed',
  'deploy-failed': 'failed',
  internal: 'failed',
  corrupted: 'failed',
  unavailable: 'unreachable',
  'insufficient-storage': 'failed',
}

export function outcomeOf(code: ErrorCode): Outcome {
  return outcomes[code]
}
