/** Where a process stands in the cgroup hierarchies, read from the kernel's own texts. */
import { expect, test } from 'vitest'
import { ownCgroups } from './cgroup-folders.ts'

test('version 1 hierarchies, joined and single, beside a unified one', () => {
  const mounts = [
    '30 20 0:25 / /sys rw,nosuid - sysfs sysfs rw',
    '31 30 0:26 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct',
    '32 30 0:27 / /sys/fs/cgroup/memory rw shared:10 master:2 - cgroup cgroup rw,memory',
    '33 30 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  ].join('\n')
  const membership = '4:memory:/batch/7\n2:cpu,cpuacct:/\n1:name=systemd:/x\n0::/session\n'
  expect(ownCgroups(mounts, membership)).toEqual([
    { version: 1, controllers: ['rw', 'cpu', 'cpuacct'], dir: '/sys/fs/cgroup/cpu,cpuacct' },
    { version: 1, controllers: ['rw', 'memory'], dir: '/sys/fs/cgroup/memory/batch/7' },
    { version: 2, controllers: [], dir: '/sys/fs/cgroup/unified/session' },
  ])
})

test('a container sees its own part of the hierarchy as the mount', () => {
  const mounts = '32 30 0:27 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory'
  expect(ownCgroups(mounts, '4:memory:/docker/abc/worker')).toMatchObject([
    { dir: '/sys/fs/cgroup/memory/worker' },
  ])
  expect(ownCgroups(mounts, '4:memory:/elsewhere')).toMatchObject([{ dir: '/sys/fs/cgroup/memory' }])
})

test('texts without cgroups have none', () => {
  expect(ownCgroups('', '')).toEqual([])
  expect(ownCgroups('nonsense\n- -\n', ':::\n')).toEqual([])
})
