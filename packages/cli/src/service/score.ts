/** Scoring: one request to a service, with its key or a token. */
import type { Service } from '@slipway/contract'
import { score, type Client, type ScoreReply } from '@slipway/sdk'
import type { Action } from '../action.ts'
import { readGiven } from '../file-argument.ts'
import { CommandFailure, usageError } from '../failure.ts'
import { paramsOf, readService } from './read.ts'

/** Says which version is to answer. */
const pinHeader = 'azureml-model-deployment'

/** Most characters of an error reply that are shown. */
const shownCharacters = 2000

export async function scoreService(action: Action): Promise<void> {
  const body = await readData(action)
  const client = await action.connect()
  const service = await readService(action, client)
  const contentType = action.options['contentType'] as string | undefined
  const key = await keyFor(action, client, service)
  const { scoringUri } = service.status
  const version = action.options['pin'] as string | undefined
  const headers: Record<string, string> = version === undefined ? {} : { [pinHeader]: version }
  const reply = await score({ scoringUri, key, body, contentType, headers, signal: action.signal })
  if (!reply.ok) throw refusal(service, reply)
  action.world.stdout.write(reply.bytes)
  if (action.world.stdout.isTerminal) action.world.stdout.write('\n')
}

/** `@file` is read, `-` or nothing is the standard input, all else is the data itself. */
async function readData({ options, world }: Action): Promise<string | Uint8Array<ArrayBuffer>> {
  const data = options['data'] as string | undefined
  if (data === '-' || (data === undefined && !world.stdinIsTerminal)) return await world.readStdin()
  if (data === undefined)
    throw usageError('--data is missing', 'Give JSON, @FILE, or - for the standard input.')
  return await readGiven({ world }, { flag: '--data', value: data })
}

/** What the service asks callers for, if anything. */
async function keyFor(action: Action, client: Client, service: Service): Promise<string | undefined> {
  const { authEnabled, tokenAuthEnabled } = service.spec.settings
  const [input, options] = [{ params: paramsOf(action) }, { signal: action.signal }]
  if (tokenAuthEnabled) return (await client.services.token(input, options)).accessToken
  return authEnabled ? (await client.services.keys(input, options)).primaryKey : undefined
}

function refusal({ name }: Service, reply: ScoreReply): CommandFailure {
  const text = reply.text().trim().slice(0, shownCharacters)
  return new CommandFailure(`the service answered ${reply.status}: ${text}`, {
    hint: `See: ${whereToLook(name, reply)}`,
  })
}

/** What the gateway refused by itself has no lines under the id of the request. */
function whereToLook(name: string, { status, headers }: ScoreReply): string {
  const hasBegun = headers.has('x-ms-run-fn-exec-ms') || [500, 502, 504].includes(status)
  if (hasBegun) return `slipway service logs ${name} --request-id ${headers.get('x-request-id') ?? ''}`
  return `slipway why ${name}`
}
