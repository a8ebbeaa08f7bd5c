/** `slipway serve`: reads flags, environment and signals, opens what is kept, runs the app. */
import { createHash } from 'node:crypto'
import { homedir, tmpdir } from 'node:os'
import { rmdir } from 'node:fs/promises'
import path from 'node:path'
import { drivers } from '@slipway/compute'
import { ApiError } from '@slipway/contract'
import { createGateway, tryReplica, type Trial } from '@slipway/scoring'
import packageJson from '../package.json' with { type: 'json' }
import { createApp, type App, type AppParts } from './app.ts'
import { configHelp, readConfig, type Config } from './config.ts'
import { createEnvironmentBuilder } from './environments/environment-builder.ts'
import { firstToken } from './first-token.ts'
import { openGatewayRole, type GatewayRoleParts } from './gateway-role.ts'
import { createGatewayHub, type GatewayHubOptions } from './gateways/gateway-hub.ts'
import { createServerLog, type ServerLog } from './http/server-log.ts'
import { hashToken } from './http/tokens.ts'
import { removeLocalPointer, writeLocalPointer } from './local-pointer.ts'
import { openStores } from './open-stores.ts'
import { isListening } from './scoring-ports.ts'
import { createServiceLog } from './service-log.ts'
import { placeOfPrefix } from './services/service-document.ts'
import { placeOfWorkload } from './services/workload.ts'
import { openDataFolder, type DataFolder } from './store/data-folder.ts'

const projectDir = path.resolve(import.meta.dirname, '../../..')
const maxBodyUnit = 2 ** 20

/** Leaves room for the name of a replica’s socket in the 107 bytes that a socket path may have. */
const maxRunDirBytes = 80

async function main(): Promise<void> {
  const argv = process.argv.slice(2)
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(`${configHelp()}\n`)
    return
  }
  const config = readConfig(argv, process.env)
  const log = createServerLog(config.logLevel)
  if (config.role === 'gateway') return serveGateway(config, log)
  const folder = await openDataFolder(path.resolve(config.data))
  try {
    await serve(config, folder, log)
  } catch (error) {
    await folder.close()
    throw error
  }
}

async function serve(config: Config, folder: DataFolder, log: ServerLog): Promise<void> {
  const tokenFile = path.join(folder.dir, 'token')
  const token = await firstToken(tokenFile)
  const app = await openApp(config, folder, { log, token })
  const { port: _port, ...urls } = await app.start(config).catch(async (error: unknown) => {
    await app.close()
    throw portError(error)
  })
  const ready = { ...urls, dataFolder: folder.dir, tokenFile }
  const { pid } = process
  // Before anyone hears of the server, who may end it at once.
  stopOnSignals(async () => {
    try {
      await app.close()
    } finally {
      await inHome(log, (home) => removeLocalPointer(home, pid))
      await removeRunDir(folder)
      await folder.close()
    }
  })
  await inHome(log, (home) => writeLocalPointer(home, { ...ready, pid }))
  announce(config, ready)
}

/** A gateway alone keeps nothing but its routes, and is nothing that the command line could ask. */
async function serveGateway(config: Config, log: ServerLog): Promise<void> {
  const { api = '', tokenFile = '' } = config
  const gateway = gatewayOptions(config, log)
  const now = () => new Date()
  const role = openGatewayRole({ ...config, api, tokenFile }, { log, gateway, pid: process.pid, now })
  // It may have to wait for the API, and can be ended meanwhile.
  stopOnSignals(() => role.close())
  const urls = await role.start().catch(async (error: unknown) => {
    await role.close()
    throw portError(error)
  })
  const text = `Slipway gateway is ready: scoring ${urls.scoringUrl}, API ${api}`
  process.stdout.write(`${config.output === 'json' ? JSON.stringify({ ...urls, api }) : text}\n`)
}

/** What gateways do alike, beside others or alone. */
function gatewayOptions(config: Config, log: ServerLog): GatewayRoleParts['gateway'] {
  return {
    maxBodyBytes: config.maxBodyMb * maxBodyUnit,
    headersTimeoutMs: config.headersTimeoutSeconds * 1_000,
    requestTimeoutMs: config.requestTimeoutSeconds * 1_000,
    onNotice: ({ isError, text }) => (isError ? log.warn(text) : log.info(text)),
    // Throws for a process that has just ended, which the gateway expects.
    kill: (pid, signal) => void process.kill(pid, signal),
  }
}

/** The pointer is a convenience: a server without a home that it can write to does its work all the same. */
async function inHome(log: ServerLog, work: (home: string) => Promise<void>): Promise<void> {
  try {
    const { SLIPWAY_HOME: home = '' } = process.env
    await work(home === '' ? path.join(homedir(), '.slipway') : home)
  } catch (error) {
    const reason = (error as Error).message
    log.warn('the command line does not find this server by itself; name it with --url and --token', {
      reason,
    })
  }
}

interface Identity {
  log: ServerLog
  token: string
}

async function openApp(config: Config, folder: DataFolder, { log, token }: Identity): Promise<App> {
  const { store, blobs, logs } = await openStores(config, folder)
  const onError: AppParts['onError'] = (message, error, fields) => log.error(message, error, fields)
  const now = () => new Date()
  const serviceLog = createServiceLog({
    logs,
    now,
    limit: { linesPerSecond: 1_000, burst: 10_000, now: () => performance.now() },
    onError: (error) => onError('lines of services are lost', error, {}),
  })
  const environments = createEnvironmentBuilder({
    rootDir: folder.environments,
    cacheDir: folder.cache,
    toolsDir: path.join(projectDir, '.cache', 'tools'),
    env: process.env,
  })
  const driver = await drivers.process({
    runDir: runDirOf(folder),
    workerMain: path.join(projectDir, 'python', 'worker', 'main.py'),
    logSink: ({ workloadId, replicaId: replica, ...line }) =>
      serviceLog.write(placeOfWorkload(workloadId), { replica, ...line }),
  })
  const openLocal: GatewayHubOptions['openLocal'] = (onWaiting) =>
    createGateway({
      ...gatewayOptions(config, log),
      onWaiting,
      onLog: ({ prefix, service: _service, ...line }) => serviceLog.write(placeOfPrefix(prefix), line),
    })
  const gateway = createGatewayHub({
    openLocal: config.role === 'all' ? openLocal : undefined,
    onLine: ({ prefix, ...line }) => serviceLog.write(placeOfPrefix(prefix), line),
    onDroppedLines: (name, lines) =>
      log.warn('a gateway had no room for lines of scripts', { gateway: name, lines }),
  })
  return createApp({
    store,
    blobs,
    logs,
    environments,
    driver,
    gateway,
    tryReplica: (place, request, signal) => {
      const { kill } = gatewayOptions(config, log)
      const onLog = ({ isError, ...line }: Parameters<Trial['onLog']>[0]) =>
        serviceLog.write(place, { ...line, stream: isError ? 'stderr' : 'stdout' })
      return tryReplica({ ...request, kill, onLog }, signal)
    },
    cacheDir: folder.cache,
    dataFolder: folder.dir,
    version: packageJson.version,
    tokens: [hashToken(token)],
    checkTools: (signal) => environments.check(signal),
    now,
    onError,
  })
}

/** What stands outside of the data folder goes with the server; what is left in it is found by the next one. */
async function removeRunDir(folder: DataFolder): Promise<void> {
  const runDir = runDirOf(folder)
  if (runDir !== folder.run) await rmdir(runDir).catch(() => undefined)
}

/** Sockets have short paths only: where the data folder is too deep, they stand in a folder of the system. */
function runDirOf({ dir, run }: DataFolder): string {
  if (Buffer.byteLength(run) <= maxRunDirBytes) return run
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 12)
  return path.join(tmpdir(), `slipway-${hash}`)
}

function announce(
  config: Config,
  ready: { url: string; scoringUrl: string; dataFolder: string; tokenFile: string },
): void {
  const line =
    config.output === 'json'
      ? JSON.stringify(ready)
      : `Slipway is ready: API ${ready.url}, scoring ${ready.scoringUrl}, data ${ready.dataFolder}`
  process.stdout.write(`${line}\n`)
}

/** The first signal drains and stops; a second one stops at once. */
function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false
  const onSignal = () => {
    if (stopping) process.exit(130)
    stopping = true
    void stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

function portError(error: unknown): unknown {
  if (!(error instanceof Error) || !isListening(error)) return error
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string }
  if (code === 'EADDRINUSE') {
    return new ApiError('conflict', `the port ${port} is in use by another program`, {
      hint: 'Choose another with --port or --scoring-port; 0 picks a free one.',
      cause: error,
    })
  }
  if (code === 'EACCES') {
    return new ApiError('conflict', `the port ${port} may not be opened by this user`, {
      hint: 'Choose one from 1024 on, or 0 for any free one.',
      cause: error,
    })
  }
  if (code === 'EADDRNOTAVAIL') {
    return new ApiError('invalid', `${address} is no address of this machine`, {
      hint: 'Choose another with --host; 0.0.0.0 listens on all addresses.',
      cause: error,
    })
  }
  return error
}

function fail(error: unknown): never {
  const known = error instanceof ApiError
  const lines = known
    ? [error.message, ...(error.hint === undefined ? [] : [error.hint])]
    : [tellUnknown(error as Error)]
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exit(known && error.code === 'invalid' ? 2 : 1)
}

/** The system's own errors say enough; all others are faults of this program, and their stack is what is needed. */
function tellUnknown(error: Error): string {
  return 'syscall' in error ? error.message : String(error.stack)
}

await main().catch(fail)
