/** What the command line asks for. */
import { parseArgs } from 'node:util'
import { type PeerName, peerNames } from './contenders/peers.ts'

export const scenarioNames = [
  'throughput',
  'burn',
  'large',
  'health',
  'idle-connections',
  'scale',
  'pandas',
] as const
export type ScenarioName = (typeof scenarioNames)[number]

export interface Options {
  peers: readonly PeerName[]
  scenarios: readonly ScenarioName[]
  rounds: number
  /** Length of each measurement under load. */
  seconds: number
  /** Longest wait for an idle machine before a measurement; 0: none is taken again because others disturbed it. */
  restMs: number
  /** Where all that was measured is written as JSON. */
  json: string | undefined
  /** Puts the tables into the performance page of the guide. */
  write: boolean
  help: boolean
}

export const usage = `Usage: npm run bench:scoring -- [flags]
  --peers a,b        which peers: ${peerNames.join(', ')} (default: all)
  --scenarios a,b    which measurements: ${scenarioNames.join(', ')} (default: all)
  --rounds N         rounds, in each of which every server is measured (default: 3)
  --seconds N        length of each measurement under load (default: 3)
  --rest-seconds N   longest wait for an idle machine before each measurement (default: 20; 0: do not look)
  --json FILE        writes all measurements into the file
  --write            puts the tables into docs/guide/performance.md`

/** Errors: a flag or a name that does not exist, a number that is none. */
export function parseOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: text,
      scenarios: text,
      rounds: { ...text, default: '3' },
      seconds: { ...text, default: '3' },
      'rest-seconds': { ...text, default: '20' },
      json: text,
      write: flag,
      help: flag,
    },
  })
  return {
    peers: chosen('--peers', values.peers, peerNames),
    scenarios: chosen('--scenarios', values.scenarios, scenarioNames),
    rounds: count('--rounds', values.rounds, 1),
    seconds: count('--seconds', values.seconds, 1),
    restMs: count('--rest-seconds', values['rest-seconds'], 0) * 1_000,
    json: values.json,
    write: values.write,
    help: values.help,
  }
}

function chosen<const Name extends string>(flag: string, text: string | undefined, names: readonly Name[]) {
  if (text === undefined) return names
  const wanted = text.split(',').filter((name) => name !== '')
  const unknown = wanted.filter((name) => !names.some((each) => each === name))
  if (unknown.length > 0)
    throw new Error(`${flag} knows ${names.join(', ')}; there is no ${unknown.join(', ')}`)
  return names.filter((name) => wanted.includes(name))
}

function count(flag: string, text: string, least: number): number {
  const value = Number(text)
  if (text === '' || !Number.isInteger(value) || value < least)
    throw new Error(`${flag} must be a whole number, ${least} or more (${text})`)
  return value
}
