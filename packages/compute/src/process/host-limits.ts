/** Finds out what this machine can hold a replica to: cgroups where they may be made, else coarse limits. */
import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Enforcement } from '../driver.ts'
import { ownCgroups, type OwnCgroup } from './cgroup-folders.ts'

export type Controller = 'memory' | 'cpu' | 'pids'

/** A folder in which each replica gets a cgroup of its own. */
export interface CgroupRoot {
  version: 1 | 2
  dir: string
  /** What can be limited there; none means that it only keeps a replica's processes together. */
  controllers: readonly Controller[]
}

export interface HostLimits {
  memory: Enforcement
  cpu: Enforcement
  cgroups: readonly CgroupRoot[]
}

export interface DetectOptions {
  /** Name of the folder that is made in the server's own cgroups. */
  name: string
  /** Folder of the process's own entries; default `/proc/self`. */
  procSelf?: string
}

const controllers: readonly Controller[] = ['memory', 'cpu', 'pids']
const limitFile = { memory: 'memory.limit_in_bytes', cpu: 'cpu.cfs_quota_us', pids: 'pids.max' } as const

/** What can be enforced here. Makes the folders it can make, which stay until the driver closes. */
export async function detectHostLimits({
  name,
  procSelf = '/proc/self',
}: DetectOptions): Promise<HostLimits> {
  const own = await readOwnCgroups(procSelf)
  const found = await Promise.all(own.map((cgroup) => openRoot(cgroup, name)))
  const cgroups = found.filter((root) => root !== undefined)
  return {
    cgroups,
    memory: enforcementOf('memory', cgroups) ?? {
      enforced: false,
      by: 'rlimit',
      why: `${whyNot('memory', own)}; only the address space is capped, which stops a runaway and nothing finer.`,
    },
    cpu: enforcementOf('cpu', cgroups) ?? { enforced: false, why: `${whyNot('cpu', own)}.` },
  }
}

async function readOwnCgroups(procSelf: string): Promise<OwnCgroup[]> {
  const files = ['mountinfo', 'cgroup'].map((file) => readFile(path.join(procSelf, file), 'utf8'))
  const [mounts, membership] = await Promise.allSettled(files)
  if (mounts?.status !== 'fulfilled' || membership?.status !== 'fulfilled') return []
  return ownCgroups(mounts.value, membership.value)
}

/** Never above the server's own cgroup: limits set on the server hold for its replicas too. */
async function openRoot(own: OwnCgroup, name: string): Promise<CgroupRoot | undefined> {
  const dir = path.join(own.dir, name)
  const wanted = controllers.filter((controller) => own.version === 2 || own.controllers.includes(controller))
  if (wanted.length === 0) return undefined
  try {
    await mkdir(dir, { recursive: true })
    await access(path.join(dir, 'cgroup.procs'), constants.W_OK)
    return { version: own.version, dir, controllers: await usable(own, dir, wanted) }
  } catch {
    return undefined
  }
}

async function usable(own: OwnCgroup, dir: string, wanted: readonly Controller[]): Promise<Controller[]> {
  if (own.version === 2) return handDown(own.dir, dir)
  const checks = wanted.map((controller) => isWritable(path.join(dir, limitFile[controller])))
  const writable = await Promise.all(checks)
  return wanted.filter((_, index) => writable[index])
}

/** Version 2 gives a controller to a child only when its parent says so, at each level. */
async function handDown(ownDir: string, dir: string): Promise<Controller[]> {
  const given: Controller[] = []
  for (const controller of await delegated(ownDir)) {
    const enabled =
      (await enable(ownDir, controller)) ||
      ((await stepAside(ownDir, `${dir}-server`)) && (await enable(ownDir, controller)))
    if (enabled && (await enable(dir, controller))) given.push(controller)
  }
  return given
}

async function delegated(dir: string): Promise<Controller[]> {
  const names = (await readFile(path.join(dir, 'cgroup.controllers'), 'utf8')).trim().split(' ')
  return controllers.filter((controller) => names.includes(controller))
}

async function enable(dir: string, controller: Controller): Promise<boolean> {
  return writes(path.join(dir, 'cgroup.subtree_control'), `+${controller}`)
}

/** A cgroup with processes cannot hand controllers down; where this one is alone, it moves into a leaf. */
async function stepAside(ownDir: string, leaf: string): Promise<boolean> {
  const members = (await readFile(path.join(ownDir, 'cgroup.procs'), 'utf8')).trim()
  if (members !== String(process.pid)) return false
  await mkdir(leaf, { recursive: true })
  return writes(path.join(leaf, 'cgroup.procs'), String(process.pid))
}

async function writes(file: string, text: string): Promise<boolean> {
  return writeFile(file, text).then(
    () => true,
    () => false,
  )
}

async function isWritable(file: string): Promise<boolean> {
  return access(file, constants.W_OK).then(
    () => true,
    () => false,
  )
}

function enforcementOf(controller: Controller, roots: readonly CgroupRoot[]): Enforcement | undefined {
  const root = roots.find((candidate) => candidate.controllers.includes(controller))
  return root && { enforced: true, by: root.version === 1 ? 'cgroup-v1' : 'cgroup-v2' }
}

function whyNot(controller: Controller, own: readonly OwnCgroup[]): string {
  if (own.length === 0) return `This machine has no cgroups to limit ${controller} with`
  const home = own.find((cgroup) => cgroup.controllers.includes(controller)) ?? own.find(isUnified)
  if (home === undefined) return `The ${controller} controller is not mounted`
  return `The server may not make cgroups with the ${controller} controller in ${home.dir}`
}

function isUnified({ version }: OwnCgroup): boolean {
  return version === 2
}
