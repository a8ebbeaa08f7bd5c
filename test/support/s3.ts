/** An S3 server of its own for tests (versitygw, on a folder), gone when they are done. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './free-port.ts'

const startMs = 20_000

export interface RunningS3 {
  endpoint: string
  accessKeyId: string
  secretAccessKey: string
  bucket: string
  /** Folder in which the objects of the bucket are files. */
  folder: string
  stop: () => Promise<void>
}

/** Starts a private server with one empty bucket, or says why it cannot. */
export async function startS3(): Promise<RunningS3 | { skipped: string }> {
  const program = await findProgram()
  if (program === undefined) return { skipped: 'versitygw is neither in .cache/tools nor on the PATH' }
  const root = await mkdtemp(join(tmpdir(), 's3-'))
  const folder = join(root, 'data', 'slipway')
  await mkdir(folder, { recursive: true })
  const keys = { accessKeyId: 'slipway', secretAccessKey: 'slipway-secret' }
  const port = await freePort()
  const args = ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', join(root, 'data')]
  const env = { ...process.env, ROOT_ACCESS_KEY: keys.accessKeyId, ROOT_SECRET_KEY: keys.secretAccessKey }
  const server = spawn(program, args, { env, stdio: 'ignore' })
  const stop = async () => {
    await stopServer(server)
    await rm(root, { recursive: true, force: true })
  }
  try {
    await untilListening(server, port)
  } catch (error) {
    await stop()
    throw error
  }
  return { endpoint: `http://127.0.0.1:${port}`, ...keys, bucket: 'slipway', folder, stop }
}

async function findProgram(): Promise<string | undefined> {
  const repository = join(import.meta.dirname, '..', '..')
  const named = process.env['SLIPWAY_VERSITYGW']
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const places = [
    ...(named === undefined ? [] : [named]),
    join(repository, '.cache', 'tools', 'versitygw'),
    ...folders.map((folder) => join(folder, 'versitygw')),
  ]
  for (const place of places) {
    const runs = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runs) return place
  }
  return undefined
}

async function untilListening(server: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + startMs
  while (!(await accepts(port))) {
    if (server.exitCode !== null) throw new Error(`versitygw ended with code ${server.exitCode}`)
    if (Date.now() > deadline) throw new Error(`versitygw did not listen within ${startMs} ms`)
    await delay(20)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exited = once(server, 'exit')
  server.kill('SIGTERM')
  await exited
}
