/** What is enforced on hosts that differ, told from folders that look like theirs. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { detectHostLimits } from './host-limits.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'slipway-host-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function lay(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
    writeFileSync(path.join(dir, name), text)
  }
}

const detect = () => detectHostLimits({ name: 'slipway-test', procSelf: path.join(dir, 'proc') })

test('without a proc file system, nothing is enforced and the reason is given', async () => {
  const limits = await detect()
  expect(limits.cgroups).toEqual([])
  expect(limits.cpu).toEqual({ enforced: false, why: 'This machine has no cgroups to limit cpu with.' })
  expect(limits.memory).toMatchObject({ enforced: false, by: 'rlimit' })
})

test('a version 1 memory controller that may be used is used, and a missing cpu one is named', async () => {
  lay({
    'proc/mountinfo': `1 2 0:1 / ${dir}/memory rw - cgroup cgroup rw,memory\n`,
    'proc/cgroup': '4:memory:/own\n',
    'memory/own/slipway-test/cgroup.procs': '',
    'memory/own/slipway-test/memory.limit_in_bytes': '',
  })
  const limits = await detect()
  expect(limits.memory).toEqual({ enforced: true, by: 'cgroup-v1' })
  expect(limits.cpu).toEqual({ enforced: false, why: 'The cpu controller is not mounted.' })
  expect(limits.cgroups).toEqual([
    { version: 1, dir: path.join(dir, 'memory/own/slipway-test'), controllers: ['memory'] },
  ])
})

test('controllers delegated in version 2 are handed down', async () => {
  lay({
    'proc/mountinfo': `1 2 0:1 / ${dir}/unified rw - cgroup2 cgroup2 rw\n`,
    'proc/cgroup': '0::/own\n',
    'unified/own/cgroup.controllers': 'cpu memory io\n',
    'unified/own/cgroup.subtree_control': '',
    'unified/own/slipway-test/cgroup.procs': '',
    'unified/own/slipway-test/cgroup.subtree_control': '',
  })
  const limits = await detect()
  expect(limits.memory).toEqual({ enforced: true, by: 'cgroup-v2' })
  expect(limits.cpu).toEqual({ enforced: true, by: 'cgroup-v2' })
  expect(readFileSync(path.join(dir, 'unified/own/slipway-test/cgroup.subtree_control'), 'utf8')).toBe('+cpu')
})

test('a version 2 cgroup without controllers still keeps processes together', async () => {
  lay({
    'proc/mountinfo': `1 2 0:1 / ${dir}/unified rw - cgroup2 cgroup2 rw\n`,
    'proc/cgroup': '0::/\n',
    'unified/cgroup.controllers': '\n',
    'unified/slipway-test/cgroup.procs': '',
  })
  const limits = await detect()
  expect(limits.cgroups).toMatchObject([{ version: 2, controllers: [] }])
  expect(limits.memory.why).toContain(path.join(dir, 'unified'))
})

test('a hierarchy that takes no new cgroup is left out', async () => {
  lay({
    'proc/mountinfo': `1 2 0:1 / ${dir}/memory rw - cgroup cgroup rw,memory\n`,
    'proc/cgroup': '4:memory:/own\n',
    'memory/own': 'a file where a folder would have to be',
  })
  const limits = await detect()
  expect(limits.cgroups).toEqual([])
  expect(limits.memory.why).toContain(path.join(dir, 'memory/own'))
})
