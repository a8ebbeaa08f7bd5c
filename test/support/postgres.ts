/** A PostgreSQL server of its own for tests, gone when they are done. */
import { execFile } from 'node:child_process'
import { access, chmod, chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

const run = promisify(execFile)
const programs = ['initdb', 'pg_ctl', 'postgres'] as const

export interface RunningPostgres {
  /** A new database of a new server; every call of `newDatabase` gives another one. */
  url: string
  newDatabase: () => Promise<string>
  stop: () => Promise<void>
}

/** Starts a private server, or says why it cannot. */
export async function startPostgres(): Promise<RunningPostgres | { skipped: string }> {
  const bin = await findPrograms()
  if (bin === undefined) return { skipped: 'PostgreSQL is not installed (initdb, pg_ctl and postgres)' }
  const user = await serverUser()
  if (user === undefined) return { skipped: 'PostgreSQL does not run as root, and there is no setpriv' }
  const folder = await mkdtemp(join(tmpdir(), 'pg-'))
  await chmod(folder, 0o700)
  if (user.ids) await chown(folder, user.ids.uid, user.ids.gid)
  try {
    return await startIn(folder, { bin, prefix: user.prefix })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

interface Programs {
  bin: string
  /** What runs a program as the user that the server may run as. */
  prefix: readonly string[]
}

async function startIn(folder: string, { bin, prefix }: Programs): Promise<RunningPostgres> {
  const port = await freePort()
  const data = join(folder, 'data')
  const call = async (program: string, ...args: string[]) => {
    const [command = '', ...rest] = [...prefix, join(bin, program), ...args]
    await run(command, rest, { cwd: folder, env: { ...process.env, HOME: folder, LC_ALL: 'C' } })
  }
  await call('initdb', '-D', data, '-A', 'trust', '-U', 'slipway', '--no-sync', '-E', 'UTF8', '--locale=C')
  const settings = `-k ${folder} -p ${port} -c listen_addresses=127.0.0.1 -c max_connections=200`
  await call('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), '-o', settings, 'start')
  const server = `postgres://slipway@127.0.0.1:${port}`
  let count = 0
  const newDatabase = async () => {
    count += 1
    await createDatabase(`${server}/postgres`, `test${count}`)
    return `${server}/test${count}`
  }
  const stop = async () => {
    await call('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop')
    await rm(folder, { recursive: true, force: true })
  }
  return { url: await newDatabase(), newDatabase, stop }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const { Client } = await import('pg')
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
}

async function findPrograms(): Promise<string | undefined> {
  for (const folder of await programFolders()) {
    const found = await Promise.allSettled(programs.map((program) => access(join(folder, program))))
    if (found.every(({ status }) => status === 'fulfilled')) return folder
  }
  return undefined
}

/** PATH, what pg_config says, and where Debian puts the versions, the newest first. */
async function programFolders(): Promise<string[]> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const configured = await run('pg_config', ['--bindir']).then(
    ({ stdout }) => [stdout.trim()],
    () => [],
  )
  const debian = '/usr/lib/postgresql'
  const versions = await readdir(debian).catch(() => [])
  const installed = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debian, version, 'bin'))
  return [...configured, ...installed, ...onPath]
}

interface ServerUser {
  prefix: readonly string[]
  ids?: { uid: number; gid: number }
}

/** The server refuses to run as root; then it runs as nobody. */
async function serverUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return { prefix: [] }
  const canSwitch = await run('setpriv', ['--version']).then(
    () => true,
    () => false,
  )
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8')) ?? []
  if (!canSwitch || uid === undefined || gid === undefined) return undefined
  return {
    prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
    ids: { uid: Number(uid), gid: Number(gid) },
  }
}
