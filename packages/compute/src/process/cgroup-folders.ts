/** Reads from `/proc` where this process stands in each cgroup hierarchy. */
import path from 'node:path'

/** One hierarchy, and the folder in it that the process belongs to. */
export interface OwnCgroup {
  version: 1 | 2
  /** Controllers of a version 1 hierarchy; version 2 lists its own in a file. */
  controllers: readonly string[]
  dir: string
}

interface CgroupMount extends OwnCgroup {
  /** Path inside the hierarchy that is mounted at `dir`: not `/` inside a container. */
  root: string
}

/** The folders of this process, from the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`. */
export function ownCgroups(mountInfo: string, membership: string): OwnCgroup[] {
  const memberships = membership.split('\n').map(parseMembership)
  return mountInfo
    .split('\n')
    .map(parseMount)
    .filter((mount) => mount !== undefined)
    .flatMap((mount) => {
      const own = memberships.find((candidate) => belongs(candidate?.controllers, mount))
      return own === undefined ? [] : [{ ...hierarchyOf(mount), dir: folderIn(mount, own.path) }]
    })
}

/** `4:memory:/a/b`, or `0::/a/b` for version 2. */
function parseMembership(line: string): { controllers: string[]; path: string } | undefined {
  const [, controllers, own] = /^\d+:([^:]*):(.+)$/.exec(line) ?? []
  if (controllers === undefined || own === undefined) return undefined
  return { controllers: controllers === '' ? [] : controllers.split(','), path: own }
}

/** `36 25 0:31 /inside /mount/point rw shared:9 - cgroup cgroup rw,memory`: the part before the dash varies in length. */
function parseMount(line: string): CgroupMount | undefined {
  const [before = '', after = ''] = line.split(' - ')
  const [, , , root, dir] = before.split(' ')
  const [type, , options = ''] = after.split(' ')
  if (root === undefined || dir === undefined) return undefined
  if (type === 'cgroup2') return { version: 2, controllers: [], dir, root }
  return type === 'cgroup' ? { version: 1, controllers: options.split(','), dir, root } : undefined
}

function belongs(controllers: readonly string[] | undefined, mount: CgroupMount): boolean {
  if (controllers === undefined) return false
  if (mount.version === 2) return controllers.length === 0
  return controllers.some((controller) => mount.controllers.includes(controller))
}

function hierarchyOf({ version, controllers }: CgroupMount): Omit<OwnCgroup, 'dir'> {
  return { version, controllers }
}

function folderIn({ root, dir }: CgroupMount, own: string): string {
  const inside = path.posix.relative(root, own)
  return inside.startsWith('..') ? dir : path.posix.join(dir, inside)
}
