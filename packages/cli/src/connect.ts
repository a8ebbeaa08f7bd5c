/** Finds the server to talk to: flags, then environment, then the server of this machine. */
import { ApiError } from '@slipway/contract'
import { createClient, type Client } from '@slipway/sdk'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { World } from './world.ts'

/** What a running server writes where the command line finds it. */
export interface LocalServer {
  url: string
  scoringUrl: string
  dataFolder: string
  tokenFile: string
  pid: number
}

export type LocalState =
  { kind: 'running'; server: LocalServer } | { kind: 'stale'; server: LocalServer } | { kind: 'none' }

export interface ConnectOptions {
  url?: string | undefined
  token?: string | undefined
}

export interface Address {
  url: string
  token: string | undefined
}

export async function connect(world: World, options: ConnectOptions): Promise<Client> {
  return createClient(await findServer(world, options))
}

/** Errors: `unavailable` where no server is named and none runs here, `unauthorized` where its token cannot be read. */
export async function findServer(world: World, options: ConnectOptions): Promise<Address> {
  const url = options.url ?? world.env['SLIPWAY_URL']
  const token = options.token ?? world.env['SLIPWAY_TOKEN']
  if (url !== undefined && token !== undefined) return { url: checkUrl(url), token }
  const local = await findLocalServer(world)
  if (url !== undefined) return { url: checkUrl(url), token: await tokenFor(url, local) }
  if (local.kind === 'running') {
    return { url: local.server.url, token: token ?? (await readToken(local.server)) }
  }
  const left = local.kind === 'stale' ? ` (the last one, process ${local.server.pid}, is gone)` : ''
  throw new ApiError('unavailable', `no server is running${left}`, {
    hint: 'Start one with: slipway serve. Or name one with --url or SLIPWAY_URL.',
  })
}

/** The server of this machine, as it wrote itself down. */
export async function findLocalServer(world: World): Promise<LocalState> {
  const server = await readLocalServer(localServerFile(world))
  if (!server) return { kind: 'none' }
  return { kind: world.isAlive(server.pid) ? 'running' : 'stale', server }
}

export function localServerFile({ env, homeFolder }: Pick<World, 'env' | 'homeFolder'>): string {
  return path.join(env['SLIPWAY_HOME'] || path.join(homeFolder, '.slipway'), 'local.json')
}

async function readLocalServer(file: string): Promise<LocalServer | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LocalServer
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new ApiError('unavailable', `${file} cannot be read: ${String(error)}`, {
      hint: 'Restart the server, which writes it anew, or name the server with --url and --token.',
      cause: error,
    })
  }
}

function checkUrl(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return url
  throw new ApiError('bad-request', `a server’s address looks like http://127.0.0.1:8800, got ${url}`)
}

/** A server named by the address of the local one is the local one. */
async function tokenFor(url: string, local: LocalState): Promise<string | undefined> {
  const isLocal = local.kind === 'running' && new URL(url).origin === new URL(local.server.url).origin
  return isLocal ? await readToken(local.server) : undefined
}

async function readToken({ tokenFile }: LocalServer): Promise<string> {
  try {
    return (await readFile(tokenFile, 'utf8')).trim()
  } catch (error) {
    throw new ApiError('unauthorized', `the token of the local server cannot be read from ${tokenFile}`, {
      hint: 'Run as the user who started the server, or give a token with --token or SLIPWAY_TOKEN.',
      cause: error,
    })
  }
}
