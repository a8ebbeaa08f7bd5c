/** `slipway doctor`: checks this machine, the connection and the server. */
import { ApiError, type Check } from '@slipway/contract'
import type { Client } from '@slipway/sdk'
import { stat } from 'node:fs/promises'
import type { Action } from '../action.ts'
import type { Define } from '../noun.ts'
import { findLocalServer, localServerFile, type LocalState } from '../connect.ts'
import { CommandFailure } from '../failure.ts'

export const defineDoctor: Define = (command, act) => {
  command.action(act(doctor))
}

async function doctor(action: Action): Promise<void> {
  const checks = [checkNode(action), ...(await checkLocal(action)), ...(await checkServer(action))]
  const rows = checks.map(({ name, status, message, hint }) => [status, name, join(message, hint)])
  action.show({ checks }, { kind: 'table', columns: ['status', 'check', 'result'], rows })
  const failed = checks.filter(({ status }) => status === 'failed').length
  if (failed > 0) throw new CommandFailure(`${failed} of ${checks.length} checks failed`, { isTold: true })
}

function join(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message} → ${hint}`
}

function checkNode({ world }: Action): Check {
  const isNewEnough = Number.parseInt(world.nodeVersion, 10) >= 24
  return {
    name: 'node',
    status: isNewEnough ? 'ok' : 'failed',
    message: `Node ${world.nodeVersion}`,
    ...(!isNewEnough && { hint: 'Start slipway with bin/slipway, which brings Node 24.' }),
  }
}

async function checkLocal({ world }: Action): Promise<Check[]> {
  const file = localServerFile(world)
  const state = await findLocalServer(world)
  const check = describeLocal(file, state)
  return state.kind === 'running' ? [check, await checkToken(state.server.tokenFile)] : [check]
}

function describeLocal(file: string, state: LocalState): Check {
  const name = 'local server'
  switch (state.kind) {
    case 'running':
      return { name, status: 'ok', message: `process ${state.server.pid} at ${state.server.url}` }
    case 'stale':
      return { name, status: 'warning', message: `${file} is of process ${state.server.pid}, which is gone` }
    default:
      return { name, status: 'warning', message: `none has written ${file}` }
  }
}

async function checkToken(file: string): Promise<Check> {
  const name = 'token file'
  try {
    const isOpen = ((await stat(file)).mode & 0o077) !== 0
    if (!isOpen) return { name, status: 'ok', message: `${file} is readable by its owner only` }
    return { name, status: 'warning', message: `${file} is readable by others`, hint: `chmod 600 ${file}` }
  } catch (error) {
    return { name, status: 'failed', message: `${file}: ${(error as NodeJS.ErrnoException).code}` }
  }
}

/** What the server says of itself comes after whether it can be asked. */
async function checkServer(action: Action): Promise<Check[]> {
  try {
    const client = await action.connect()
    return [await checkConnection(action, client), ...(await ask(action, client))]
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const { message, hint } = error
    return [{ name: 'connection', status: 'failed', message, ...(hint !== undefined && { hint }) }]
  }
}

async function checkConnection({ signal }: Action, client: Client): Promise<Check> {
  const { version, scoringUrl } = await client.server.info({}, { signal })
  return { name: 'connection', status: 'ok', message: `server ${version}, scoring at ${scoringUrl}` }
}

async function ask({ signal }: Action, client: Client): Promise<Check[]> {
  return (await client.server.doctor({}, { signal })).checks
}
