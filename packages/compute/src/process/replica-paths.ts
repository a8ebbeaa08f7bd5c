/** Where a replica's files are, and the names by which they are found again. */
import path from 'node:path'

export interface ReplicaPaths {
  /** The replica's own folder; everything else is inside. */
  root: string
  app: string
  models: string
  home: string
  temporary: string
  socket: string
  /** `/proc/<pid>/stat` of the worker, as it was when it started. */
  pidFile: string
  /** What has to be cleaned up besides the folder. */
  recordFile: string
}

/** Bytes of a Unix socket's path that the kernel takes, without the final zero. */
export const maxSocketPathBytes = 107

const idPattern = /^r-[0-9a-f]{8}$/

/** An id is short, because the socket's path is. */
export function replicaIdOf(uuid: string): string {
  return `r-${uuid.slice(0, 8)}`
}

export function isReplicaId(name: string): boolean {
  return idPattern.test(name)
}

export function replicaPaths(runDir: string, id: string): ReplicaPaths {
  const root = path.join(runDir, id)
  return {
    root,
    app: path.join(root, 'app'),
    models: path.join(root, 'app', 'azureml-models'),
    home: path.join(root, 'home'),
    temporary: path.join(root, 'tmp'),
    socket: path.join(root, 'worker.sock'),
    pidFile: path.join(root, 'pid'),
    recordFile: path.join(root, 'record.json'),
  }
}
