/** What resolves and installs Python packages: uv, or pip where there is no uv. */
import type { LockedPackage } from '@slipway/contract'
import type { IndexOptions, Requirement } from './pip-entry.ts'
import type { FoundPython } from './python-version.ts'
import type { OnLine } from './run-tool.ts'

export interface LockRequest {
  requirements: readonly Requirement[]
  options: IndexOptions
  python: FoundPython
  /** The other Pythons of the machine, to say which of them would do. */
  others: readonly FoundPython[]
}

export interface Lock {
  /** Sorted by name; everything that is needed, with the hashes of the files that may be taken. */
  packages: LockedPackage[]
  /** False when something has no wheel and must be built from source. */
  wheelsOnly: boolean
}

export interface InstallRequest extends LockRequest {
  lock: Lock
  /** An empty folder; gets the packages side by side. */
  targetDir: string
}

export interface Installer {
  /** Name and version of the tool: another tool may lock differently. */
  readonly id: string
  /** Throws `unsatisfiable` naming package, versions and line, or `unavailable` when the index cannot be reached. */
  lock(request: LockRequest, onLine: OnLine, signal: AbortSignal): Promise<Lock>
  /** Installs exactly what is locked, checked by hash. */
  install(request: InstallRequest, onLine: OnLine, signal: AbortSignal): Promise<void>
}
