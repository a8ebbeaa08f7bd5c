/** Scoring: one request to a service, with its key. */
import type { Service } from '@slipway/contract'
import { score, type Client, type ScoreReply } from '@slipway/sdk'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Action } from '../action.ts'
import { CommandFailure, usageError } from '../failure.ts'
import { paramsOf, readService } from './read.ts'

/** Most characters of an error reply that are shown. */
const shownCharacters = 2000

export async function scoreService(action: Action): Promise<void> {
  const body = await readData(action)
  const client = await action.connect()
  const service = await readService(action, client)
  const contentType = action.options['contentType'] as string | undefined
  const key = await keyFor(action, client, service)
  const { scoringUri } = service.status
  const reply = await score({ scoringUri, key, body, contentType, signal: action.signal })
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
  if (!data.startsWith('@')) return data
  const file = path.resolve(world.workingFolder, data.slice(1))
  try {
    return new Uint8Array(await readFile(file))
  } catch (error) {
    throw usageError(`--data ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  }
}

async function keyFor(action: Action, client: Client, service: Service): Promise<string | undefined> {
  if (!service.spec.settings.authEnabled) return undefined
  const keys = await client.services.keys({ params: paramsOf(action) }, { signal: action.signal })
  return keys.primaryKey
}

function refusal({ name }: Service, reply: ScoreReply): CommandFailure {
  const requestId = reply.headers.get('x-request-id')
  const look =
    requestId === null ? `slipway why ${name}` : `slipway service logs ${name} --request-id ${requestId}`
  const text = reply.text().trim().slice(0, shownCharacters)
  return new CommandFailure(`the service answered ${reply.status}: ${text}`, { hint: `See: ${look}` })
}
