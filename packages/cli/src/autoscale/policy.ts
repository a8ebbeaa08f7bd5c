/** The policy of a simulation, as it stands on the command line: `minReplicas=1,maxReplicas=10,…`. */
import type { AutoscalePolicy } from '@slipway/contract'
import { usageError } from '../failure.ts'
import { brokenRule, readNumber, type Range } from '../flags/numbers.ts'

interface Key extends Range {
  fallback: number
}

/** The defaults are those of services. */
const keys = {
  minReplicas: { fallback: 1, min: 0, isWhole: true },
  maxReplicas: { fallback: 10, min: 1, isWhole: true },
  targetUtilization: { fallback: 70, min: 1, max: 100 },
  refreshSeconds: { fallback: 1, above: 0 },
  scaleDownDelaySeconds: { fallback: 60, min: 0 },
} as const satisfies Record<string, Key>

/** What the keys are, for help. */
export const policyHelp = Object.entries(keys)
  .map(([key, { fallback }]) => `${key}=${fallback}`)
  .join(',')

/** Errors: usage, naming the key and the rule. */
export function readPolicy(text: string): { policy: AutoscalePolicy; refreshSeconds: number } {
  const given = new Map(text === '' ? [] : text.split(',').map(readPair))
  const value = (key: keyof typeof keys) => given.get(key) ?? keys[key].fallback
  const [minReplicas, maxReplicas] = [value('minReplicas'), value('maxReplicas')]
  if (minReplicas > maxReplicas) {
    throw usageError(`--policy: minReplicas must not exceed maxReplicas (${minReplicas} > ${maxReplicas})`)
  }
  const policy = {
    minReplicas,
    maxReplicas,
    targetUtilization: value('targetUtilization') / 100,
    scaleDownDelayMs: value('scaleDownDelaySeconds') * 1_000,
  }
  return { policy, refreshSeconds: value('refreshSeconds') }
}

function readPair(pair: string): [string, number] {
  const [key = '', text = ''] = pair.split('=').map((part) => part.trim())
  const range: Range | undefined = Object.entries(keys).find(([name]) => name === key)?.[1]
  if (!range) throw usageError(`--policy has no ${key}`, `It takes: ${policyHelp}`)
  const value = readNumber(text)
  const rule = brokenRule(value, range)
  if (rule !== undefined) throw usageError(`--policy: ${key} must be ${rule} (${text})`)
  return [key, value]
}
