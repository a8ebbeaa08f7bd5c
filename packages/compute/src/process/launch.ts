/** The command line and the environment that a worker is started with. */
import path from 'node:path'
import type { Workload } from '../driver.ts'
import { modelFolder } from './app-folder.ts'
import type { ReplicaPaths } from './replica-paths.ts'

export interface LaunchOptions {
  paths: ReplicaPaths
  /** `main.py` of the worker. */
  workerMain: string
  /** Processors that replicas share. */
  cores: number
  /** Files that a process writes its id to, to enter its cgroups. */
  procsFiles: readonly string[]
  /** Cap of the address space in bytes, where no cgroup limits memory. */
  addressSpaceBytes?: number
}

/** Name of the variable that marks every process of a replica, whatever session it moved to. */
export const replicaMark = 'SLIPWAY_REPLICA'

/**
 * Enters the cgroups, leaves its identity in a file for whoever cleans up after a killed server, and becomes
 * the worker. An exec keeps process id and start time. The kernel is to pick the worker before the server
 * when memory runs out.
 */
const launcher = `
pidFile=$1 addressSpaceKib=$2 cgroups=$3; shift 3
while [ "$cgroups" -gt 0 ]; do echo $$ > "$1" || exit 126; shift; cgroups=$((cgroups - 1)); done
if [ -r /proc/self/stat ]; then read -r stat < /proc/self/stat; else stat=$$; fi
echo "$stat" > "$pidFile" || exit 126
{ echo 500 > /proc/self/oom_score_adj; } 2>/dev/null
ulimit -c 0
[ "$addressSpaceKib" = unlimited ] || ulimit -v "$addressSpaceKib" || exit 126
exec "$@"
`

/** The command that starts a worker, its process id written to `paths.pidFile` before it runs. */
export function commandOf(workload: Workload, options: LaunchOptions): { command: string; args: string[] } {
  const { paths, procsFiles, addressSpaceBytes } = options
  const addressSpace = addressSpaceBytes === undefined ? 'unlimited' : Math.ceil(addressSpaceBytes / 1024)
  const worker = ['-u', options.workerMain, '--socket', paths.socket, '--control-fd', '3']
  const launch = [paths.pidFile, String(addressSpace), String(procsFiles.length), ...procsFiles]
  return {
    command: '/bin/sh',
    args: ['-c', launcher, 'launcher', ...launch, workload.bundle.python, ...worker],
  }
}

/** The whole environment of a worker: nothing of the server's own gets in. */
export function environmentOf(workload: Workload, options: LaunchOptions): Record<string, string> {
  const { paths } = options
  const { bundle, environment } = workload
  const pythonPath = [bundle.siteDir, environment.PYTHONPATH].filter((entry) => entry !== undefined)
  return {
    ...threadVariables(workload, options.cores),
    ...memoryVariables,
    LANG: 'C.UTF-8',
    ...environment,
    PATH: searchPath(workload),
    HOME: paths.home,
    TMPDIR: paths.temporary,
    ...(pythonPath.length > 0 && { PYTHONPATH: pythonPath.join(path.delimiter) }),
    PYTHONUNBUFFERED: '1',
    AML_APP_ROOT: paths.app,
    AZUREML_ENTRY_SCRIPT: workload.entryScript,
    AZUREML_MODEL_DIR: modelDirectory(workload, paths),
    SERVICE_NAME: workload.serviceName,
    SCORING_TIMEOUT_MS: String(workload.scoringTimeoutMs),
    [replicaMark]: paths.root,
  }
}

/** One model: its version's folder. Several, or none: the folder of all models. */
function modelDirectory({ bundle }: Workload, paths: ReplicaPaths): string {
  const [model, ...others] = bundle.models
  return model !== undefined && others.length === 0 ? modelFolder(paths.models, model) : paths.models
}

/** Numeric libraries start a thread per core each, which makes replicas fight; a share each is faster. */
function threadVariables({ limits, replicas }: Workload, cores: number): Record<string, string> {
  const share = limits.cpuCores ?? cores / Math.max(1, replicas)
  const threads = String(Math.max(1, Math.floor(share)))
  return { OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, MKL_NUM_THREADS: threads }
}

/** glibc gives freed memory back above 128 KiB, and takes it anew for each call with a large body: 2 ms per MiB. */
const memoryVariables = { MALLOC_TRIM_THRESHOLD_: '16777216', MALLOC_MMAP_THRESHOLD_: '16777216' }

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

function searchPath({ bundle, environment }: Workload): string {
  const own = [bundle.siteDir && path.join(bundle.siteDir, 'bin'), path.dirname(bundle.python)]
  return [...own, environment.PATH ?? systemPath].filter((entry) => entry !== undefined).join(path.delimiter)
}
