/** Runs replicas as processes of this machine: no engine, no root, and what the host allows of limits. */
import { createHash, randomUUID } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { ApiError } from '@slipway/contract'
import type { DriverCapabilities, LogSink, ReplicaDriver } from '../driver.ts'
import { ReplicaKeeper } from '../replica-keeper.ts'
import { detectHostLimits, type HostLimits } from './host-limits.ts'
import { claimRunDir, removeEmpty } from './leftovers.ts'
import { ProcessReplica } from './process-replica.ts'
import { maxSocketPathBytes, replicaIdOf, replicaPaths } from './replica-paths.ts'

export interface ProcessDriverOptions {
  /** Folder for what runs: one driver at a time, mode 700, emptied of leftovers at the start. Keep its path short. */
  runDir: string
  /** `main.py` of the Python worker. */
  workerMain: string
  logSink: LogSink
  /** Milliseconds since 1970; default the system's clock. */
  now?: () => number
  /** What the host can enforce; default: found out at the start. */
  limits?: HostLimits
}

/**
 * A driver over `runDir`, after ending whatever a killed server left there. Errors: `invalid` when the path
 * is too long for a socket, `conflict` while another server runs replicas there.
 */
export async function createProcessDriver(options: ProcessDriverOptions): Promise<ReplicaDriver> {
  refuseLongPath(path.resolve(options.runDir))
  const release = await claimRunDir(path.resolve(options.runDir))
  const runDir = await realpath(options.runDir)
  const limits = options.limits ?? (await detectHostLimits({ name: cgroupName(runDir) }))
  const keeper = new ReplicaKeeper((workload, changed) => {
    const { workerMain, logSink, now = Date.now } = options
    const cores = availableParallelism()
    const id = replicaIdOf(randomUUID())
    return new ProcessReplica({ id, runDir, workload, workerMain, logSink, now, limits, cores, changed })
  })
  return {
    kind: 'process',
    capabilities: capabilitiesOf(limits),
    apply: (workload, signal) => keeper.apply(workload, signal),
    observe: (id, signal) => keeper.observe(id, signal),
    remove: (id, signal) => keeper.remove(id, signal),
    onChange: (listener) => keeper.onChange(listener),
    close: once(async () => {
      await keeper.close()
      await removeEmpty(limits.cgroups.map(({ dir }) => dir))
      await release()
    }),
  }
}

/** Called again, the work is not done again: by then the folder may be another driver's. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}

function refuseLongPath(runDir: string): void {
  const { socket } = replicaPaths(runDir, replicaIdOf(randomUUID()))
  const sizeBytes = Buffer.byteLength(socket)
  if (sizeBytes <= maxSocketPathBytes) return
  throw new ApiError(
    'invalid',
    `a replica's socket must have a path of at most ${maxSocketPathBytes} bytes, and in ${runDir} it has ${sizeBytes}`,
    { hint: 'Choose a data folder with a shorter path.' },
  )
}

/** The same for the same folder, so that a server finds the cgroups of the one before it. */
function cgroupName(runDir: string): string {
  return `slipway-${createHash('sha256').update(runDir).digest('hex').slice(0, 12)}`
}

function capabilitiesOf(limits: HostLimits): DriverCapabilities {
  return {
    replicas: true,
    gpu: false,
    memoryLimit: limits.memory,
    cpuLimit: limits.cpu,
    isolation: {
      enforced: false,
      why: 'Replicas run as the user of the server, with its view of files and network.',
    },
  }
}
