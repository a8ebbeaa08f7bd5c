/** A server that is killed leaves nothing that the next one does not end. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createProcessDriver } from '../src/process/process-driver.ts'
import { detectHostLimits, type HostLimits } from '../src/process/host-limits.ts'
import { aWorkload, bareWorker, heldIn, markedProcesses, noCgroups } from './process-harness.ts'

const openDriver = path.join(import.meta.dirname, 'fixtures', 'open-driver.ts')

let dir: string
let runDir: string
let server: ChildProcess | undefined

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'slipway-compute-'))
  runDir = path.join(dir, 'run')
})
afterEach(async () => {
  if (server) await killServer(server)
  server = undefined
  await (await openNext(noCgroups)).close()
  rmSync(dir, { recursive: true, force: true })
})

/** Starts a program with a driver and one workload; resolves when the replica is ready. */
async function startServer(script: string, limits: HostLimits): Promise<ChildProcess> {
  const args = [openDriver, runDir, bareWorker, JSON.stringify(aWorkload(script)), JSON.stringify(limits)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  server = child
  const ready = Promise.withResolvers<void>()
  createInterface(child.stdout).on('line', (line) => line.startsWith('ready after') && ready.resolve())
  await ready.promise
  return child
}

async function killServer(child: ChildProcess): Promise<void> {
  if (child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function openNext(limits: HostLimits) {
  return createProcessDriver({ runDir, workerMain: bareWorker, logSink: () => undefined, limits })
}

const cgroupHost = () => detectHostLimits({ name: path.basename(dir) })
const hosts = [
  { name: 'with what this host enforces', limitsOf: cgroupHost },
  { name: 'without cgroups', limitsOf: async () => noCgroups },
]

describe.each(hosts)('after kill -9 of the server, $name,', ({ limitsOf }) => {
  test('its worker dies at once, and the next server ends the children', async () => {
    const limits = await limitsOf()
    const killed = await startServer('leaves-children', limits)
    expect(markedProcesses(runDir)).toHaveLength(3)
    await killServer(killed)
    await expect.poll(() => markedProcesses(runDir).length, { timeout: 10_000 }).toBe(2)
    const next = await openNext(limits)
    expect(heldIn(runDir, limits)).toEqual([])
    await next.close()
  })
})

test('a second server over the same folder is refused while the first one lives', async () => {
  const child = await startServer('ready', noCgroups)
  await expect(openNext(noCgroups)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(String(child.pid)) as string,
  })
  expect(markedProcesses(runDir)).toHaveLength(1)
})

test('a closed driver gives its folder back', async () => {
  const first = await openNext(noCgroups)
  await expect(openNext(noCgroups)).rejects.toMatchObject({ code: 'conflict' })
  await first.close()
  const second = await openNext(noCgroups)
  await first.close()
  await expect(openNext(noCgroups)).rejects.toMatchObject({ code: 'conflict' })
  await second.close()
})

test('a worker that has nothing to do with this folder is left alone', async () => {
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    env: { SLIPWAY_REPLICA: `${dir}/run-of-another/r-00000000` },
  })
  const ended = vi.fn()
  bystander.once('exit', ended)
  const killed = await startServer('ready', noCgroups)
  await killServer(killed)
  await (await openNext(noCgroups)).close()
  expect(ended).not.toHaveBeenCalled()
  expect(bystander.kill('SIGKILL')).toBe(true)
})
