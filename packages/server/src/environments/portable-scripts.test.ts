/** Scripts that installers leave behind. */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeScriptsPortable } from './portable-scripts.ts'

let site = ''

beforeEach(async () => {
  site = await mkdtemp(path.join(tmpdir(), 'slipway-site-'))
  await mkdir(path.join(site, 'bin'))
  await mkdir(path.join(site, 'tool-1.0.dist-info'))
})

afterEach(() => rm(site, { recursive: true, force: true }))

describe('installed scripts', () => {
  test.each([
    ['#!/usr/local/bin/python3.12\nimport sys\n', '#!/usr/bin/env python3\nimport sys\n'],
    [
      "#!/bin/sh\n'''exec' '/a b/python' \"$0\" \"$@\"\n' '''\nimport sys\n",
      '#!/usr/bin/env python3\nimport sys\n',
    ],
    ['#!/usr/bin/env python3\nimport sys\n', '#!/usr/bin/env python3\nimport sys\n'],
    ['#!/bin/bash\necho python\n', '#!/bin/bash\necho python\n'],
    ['\u007fELF binary', '\u007fELF binary'],
  ])('%j becomes %j', async (before, after) => {
    await writeFile(path.join(site, 'bin', 'tool'), before)
    await makeScriptsPortable(site)
    expect(await readFile(path.join(site, 'bin', 'tool'), 'utf8')).toBe(after)
  })

  test('stay runnable, and RECORD says what they are now', async () => {
    await writeFile(path.join(site, 'bin', 'tool'), '#!/opt/python/bin/python\npass\n', { mode: 0o755 })
    const record = path.join(site, 'tool-1.0.dist-info', 'RECORD')
    await writeFile(record, '../../bin/tool,sha256=old,99\nbin/other,sha256=other,1\ntool.py,sha256=x,2\n')
    await makeScriptsPortable(site)
    const content = await readFile(path.join(site, 'bin', 'tool'))
    const hash = createHash('sha256').update(content).digest('base64url')
    expect(await readFile(record, 'utf8')).toBe(
      `../../bin/tool,sha256=${hash},${content.length}\nbin/other,sha256=other,1\ntool.py,sha256=x,2\n`,
    )
    expect((await stat(path.join(site, 'bin', 'tool'))).mode & 0o777).toBe(0o755)
  })

  test('may be absent', async () => {
    await rm(path.join(site, 'bin'), { recursive: true })
    await expect(makeScriptsPortable(site)).resolves.toBeUndefined()
  })
})
