/** What the tests of the process driver share: a driver over a folder of its own, and eyes on what it holds. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ReplicaDriver, ReplicaLogEntry, ReplicaStatus, Workload } from '../src/driver.ts'
import { createProcessDriver } from '../src/process/process-driver.ts'
import { removeEmpty } from '../src/process/leftovers.ts'
import { detectHostLimits, type HostLimits } from '../src/process/host-limits.ts'

const fixtures = path.join(import.meta.dirname, 'fixtures')

export const bareWorker = path.join(fixtures, 'bare-worker.py')
export const scriptsDir = path.join(fixtures, 'scripts')

/** The interpreter itself: a shim on the path would need the home of its user. */
export const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim()

/** A host where nothing can be enforced but a cap on the address space. */
export const noCgroups: HostLimits = {
  cgroups: [],
  memory: { enforced: false, by: 'rlimit', why: 'no cgroups in this test' },
  cpu: { enforced: false, why: 'no cgroups in this test' },
}

export interface ProcessHarness {
  driver: ReplicaDriver
  dir: string
  runDir: string
  limits: HostLimits
  logs: ReplicaLogEntry[]
  held(): Promise<string[]>
  close(): Promise<void>
}

export interface HarnessOptions {
  workerMain?: string
  limits?: HostLimits
}

export async function openHarness(options: HarnessOptions = {}): Promise<ProcessHarness> {
  const dir = mkdtempSync(path.join(tmpdir(), 'slipway-compute-'))
  const runDir = path.join(dir, 'run')
  const limits = options.limits ?? (await detectHostLimits({ name: path.basename(dir) }))
  const logs: ReplicaLogEntry[] = []
  const driver = await createProcessDriver({
    runDir,
    workerMain: options.workerMain ?? bareWorker,
    logSink: (entry) => logs.push(entry),
    limits,
  })
  return {
    driver,
    dir,
    runDir,
    limits,
    logs,
    held: async () => heldIn(runDir, limits),
    async close() {
      await driver.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** What this host enforces, to tell which tests can run. */
export async function probeHost(): Promise<HostLimits> {
  const limits = await detectHostLimits({ name: `slipway-probe-${process.pid}` })
  await removeEmpty(limits.cgroups.map(({ dir }) => dir))
  return limits
}

export function aWorkload(script: string, change: Partial<Workload> = {}): Workload {
  return {
    id: 'team/diabetes/1',
    generation: 1,
    replicas: 1,
    bundle: { appDir: scriptsDir, python, models: [], digest: `sha256:${'0'.repeat(64)}` },
    environment: {},
    serviceName: 'diabetes',
    entryScript: `${script}.py`,
    limits: {},
    initTimeoutMs: 30_000,
    scoringTimeoutMs: 60_000,
    stopGraceMs: 10_000,
    ...change,
  }
}

/** Whether the first replica has come to an end that is final. */
export function hasFailed([replica]: ReplicaStatus[]): boolean {
  return replica?.phase === 'failed'
}

/** Folders, cgroups and processes of replicas of the driver in `runDir`. */
export function heldIn(runDir: string, limits: HostLimits): string[] {
  const cgroups = limits.cgroups.flatMap(({ dir }) => foldersIn(dir).map((name) => path.join(dir, name)))
  const folders = foldersIn(runDir).map((name) => path.join(runDir, name))
  return [...folders, ...cgroups, ...markedProcesses(runDir)]
}

/** Ids of processes that belong to a replica of the driver in `runDir`. */
export function markedProcesses(runDir: string): string[] {
  return foldersIn('/proc').filter((pid) => environmentOf(pid).includes(`SLIPWAY_REPLICA=${runDir}/`))
}

function foldersIn(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return []
  }
}

function environmentOf(pid: string): string {
  try {
    return /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/environ`, 'utf8') : ''
  } catch {
    return ''
  }
}
