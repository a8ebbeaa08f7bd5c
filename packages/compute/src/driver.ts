/** What a compute target promises: it keeps replicas of one image running and says how they are. */

/** An image opened on this machine. */
export interface Bundle {
  /** Folder with the script's files; copied for each replica, so that a script may write beside itself. */
  appDir: string
  /** Folder of installed packages; left out for bare Python. */
  siteDir?: string
  /** Interpreter to run: an absolute path, not a shim that needs its user's home. */
  python: string
  models: readonly BundleModel[]
  /** Digest of the image, for messages. */
  digest: string
}

export interface BundleModel {
  name: string
  version: number
  /** A file appears under its own name in the version's folder; a folder's content is that folder's content. */
  path: string
}

/** What the driver is asked to keep running: n equal replicas of one image. */
export interface Workload {
  /** Unique: `<workspace>/<service>/<version or generation>`. */
  id: string
  /** Another generation under the same id replaces every replica; the same one holds for replicas when they start again. */
  generation: number
  replicas: number
  bundle: Bundle
  /** Extra environment of the script. */
  environment: Readonly<Record<string, string>>
  serviceName: string
  /** Relative to the root of the application. */
  entryScript: string
  limits: { cpuCores?: number; memoryBytes?: number }
  /** From the start of the process to ready; past it the replica fails with `InitTimeout`. */
  initTimeoutMs: number
  /** Told to the script's process; the gateway enforces it. */
  scoringTimeoutMs: number
  /** Between the request to stop and the kill. */
  stopGraceMs: number
}

export type ReplicaPhase = 'starting' | 'ready' | 'failed' | 'stopping'

/** What a starting replica is busy with: the process, the script's imports, its `init`. */
export type StartStep = 'spawn' | 'import' | 'init'

export type FailureReason =
  'InitFailed' | 'ImportFailed' | 'InitTimeout' | 'ExitedInInit' | 'Crashed' | 'OutOfMemory' | 'StartFailed'

export interface ReplicaFailure {
  reason: FailureReason
  /** One sentence for people. */
  message: string
  /** The script's traceback, or the last lines its process wrote where there is none. */
  traceback?: string
  exitCode?: number
  signal?: string
}

export interface ReplicaStatus {
  /** Unique on the target, and kept when the replica is started again after a crash. */
  id: string
  workloadId: string
  generation: number
  /**
   * `failed` is final: only another generation, or removal, ends it. Only a replica that was never ready fails; one that
   * was is `starting` again after each end, with ever longer pauses while its starts fail.
   */
  phase: ReplicaPhase
  /** Where a starting replica is, or where a failed one stopped. */
  step?: StartStep
  /** Where to reach it; only when ready. */
  endpoint?: { socketPath: string }
  pid?: number
  /** ISO time of the last start. */
  startedAt: string
  /** ISO time since when it is ready. */
  readyAt?: string
  /** How often it was started again after it had ended by itself. */
  restarts: number
  /** Why its first start failed; only when failed. */
  failure?: ReplicaFailure
  /** Why it ended the last time; set while it starts again and after. */
  lastFailure?: ReplicaFailure
}

/** Whether the target holds a replica to a limit, by what means, and why not. */
export interface Enforcement {
  enforced: boolean
  by?: 'cgroup-v1' | 'cgroup-v2' | 'rlimit'
  /** Why it is not enforced, or only coarsely: one sentence for people. */
  why?: string
}

/** What the target can do. Callers ask here and never test the kind. */
export interface DriverCapabilities {
  /** More than one replica of a workload. */
  replicas: boolean
  gpu: boolean
  memoryLimit: Enforcement
  cpuLimit: Enforcement
  /** Whether a replica is kept from the files, the network and the processes of the host. */
  isolation: Enforcement
}

/** Runs workloads on one compute target. Every method is idempotent and level-triggered. */
export interface ReplicaDriver {
  /** For messages only. */
  readonly kind: string
  readonly capabilities: DriverCapabilities
  /**
   * Makes the target match `workload`; resolves once the target accepted it, not once it is ready. A replica
   * that cannot be started is no error here: `observe` reports it. Where there are too many, those go that
   * `surplusReplicas` names. Errors: `unavailable` after `close`.
   */
  apply(workload: Workload, signal: AbortSignal): Promise<void>
  /** What is there now, stopping replicas too, oldest first. An unknown workload has none. */
  observe(id: string, signal: AbortSignal): Promise<ReplicaStatus[]>
  /**
   * Stops all replicas and resolves when they and all they held are gone. Removing an unknown workload
   * succeeds. An abort ends the wait, not the removal.
   */
  remove(id: string, signal: AbortSignal): Promise<void>
  /** Calls `listener` with a workload's id after each change of its replicas; returns the way to end that. */
  onChange(listener: (workloadId: string) => void): () => void
  /** Frees what the driver holds, and stops replicas that cannot outlive it. */
  close(): Promise<void>
}

/** One line that a replica printed, or that the driver says about it (`system`). */
export interface ReplicaLogEntry {
  workloadId: string
  replicaId: string
  stream: 'stdout' | 'stderr' | 'system'
  requestId?: string
  text: string
}

export type LogSink = (entry: ReplicaLogEntry) => void
