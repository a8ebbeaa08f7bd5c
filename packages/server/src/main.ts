/** `slipway serve`: reads flags, environment and signals, opens what is kept, runs the app. */
import { createHash } from 'node:crypto'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { createProcessDriver } from '@slipway/compute'
import { ApiError } from '@slipway/contract'
import { createGateway } from '@slipway/scoring'
import packageJson from '../package.json' with { type: 'json' }
import { createApp, type App } from './app.ts'
import { configHelp, readConfig, type Config } from './config.ts'
import { createEnvironmentBuilder } from './environments/environment-builder.ts'
import { firstToken } from './first-token.ts'
import { createServerLog, type ServerLog } from './http/server-log.ts'
import { hashToken } from './http/tokens.ts'
import { removeLocalPointer, writeLocalPointer } from './local-pointer.ts'
import { openStores } from './open-stores.ts'
import { placeOfPrefix, serviceLogKey } from './services/service-document.ts'
import { openDataFolder, type DataFolder } from './store/data-folder.ts'
import type { LogEntry, LogStore } from './store/logs/log-store.ts'

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
  const ports = await app.start(config).catch(async (error: unknown) => {
    await app.close()
    throw portError(error)
  })
  const home = process.env.SLIPWAY_HOME ?? path.join(homedir(), '.slipway')
  const url = `http://${config.host}:${ports.port}`
  const scoringUrl = `http://${config.host}:${ports.scoringPort}`
  await writeLocalPointer(home, { url, scoringUrl, dataFolder: folder.dir, tokenFile, pid: process.pid })
  announce(config, { url, scoringUrl, dataFolder: folder.dir, tokenFile })
  stopOnSignals(async () => {
    await removeLocalPointer(home, process.pid)
    await app.close()
    await folder.close()
  })
}

interface Identity {
  log: ServerLog
  token: string
}

async function openApp(config: Config, folder: DataFolder, { log, token }: Identity): Promise<App> {
  const { store, blobs, logs } = await openStores(config, folder)
  const environments = createEnvironmentBuilder({
    rootDir: folder.environments,
    cacheDir: folder.cache,
    toolsDir: path.join(projectDir, '.cache', 'tools'),
    env: process.env,
  })
  const driver = await createProcessDriver({
    runDir: runDirOf(folder),
    workerMain: path.join(projectDir, 'python', 'worker', 'main.py'),
    logSink: ({ workloadId, replicaId, ...entry }) =>
      writeLog(logs, placeOfWorkload(workloadId), { ...entry, source: replicaId }),
  })
  const gateway = createGateway({
    maxBodyBytes: config.maxBodyMb * maxBodyUnit,
    onLog: ({ prefix, replica, stream, text, requestId }) =>
      writeLog(logs, placeOfPrefix(prefix), { source: replica, stream, text, requestId }),
    kill: (pid, signal) => void process.kill(pid, signal),
  })
  return createApp({
    store,
    blobs,
    logs,
    environments,
    driver,
    gateway,
    cacheDir: folder.cache,
    dataFolder: folder.dir,
    version: packageJson.version,
    tokens: [hashToken(token)],
    checkTools: (signal) => environments.check(signal),
    now: () => new Date(),
    onError: (message, error, fields) => log.error(message, error, fields),
  })
}

/** Sockets have short paths only: where the data folder is too deep, they stand in a folder of the system. */
function runDirOf({ dir, run }: DataFolder): string {
  if (Buffer.byteLength(run) <= maxRunDirBytes) return run
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 12)
  return path.join(tmpdir(), `slipway-${hash}`)
}

function writeLog(
  logs: LogStore,
  place: { workspace: string; name: string },
  entry: Omit<LogEntry, 'time'>,
): void {
  // The store keeps what it is given in memory until it is on disk; only a full disk makes it fail, and then the lines are lost with a word in its own log.
  logs.append(serviceLogKey(place), [{ ...entry, time: new Date().toISOString() }]).catch(() => undefined)
}

/** A workload is `<workspace>/<service>/…`. */
function placeOfWorkload(workloadId: string): { workspace: string; name: string } {
  const [workspace = '', name = ''] = workloadId.split('/')
  return { workspace, name }
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
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
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
  return error
}

function fail(error: unknown): never {
  const known = error instanceof ApiError
  process.stderr.write(
    known ? `${error.message}\n${error.hint ?? ''}\n` : `${String((error as Error).stack)}\n`,
  )
  process.exit(known && error.code === 'invalid' ? 2 : 1)
}

await main().catch(fail)
