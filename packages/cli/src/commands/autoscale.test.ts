/** The autoscaler on the command line: traces, policies, and what it prints. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { aWorld } from '../../test/a-world.ts'
import { run } from '../run.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'autoscale-'))
  await writeFile(path.join(folder, 'burst.csv'), `time_seconds,run_seconds\n${'5,1\n'.repeat(20)}`)
  return () => rm(folder, { recursive: true, force: true })
})

async function slipway(words: string) {
  const { world, stdout, stderr } = aWorld(words.split(' '), { workingFolder: folder })
  const status = await run(world)
  return { status, stdout: stdout(), stderr: stderr() }
}

async function simulated(words: string): Promise<Record<string, unknown>> {
  const { stdout } = await slipway(`autoscale simulate ${words} --output json`)
  return JSON.parse(stdout) as Record<string, unknown>
}

test('a recorded trace is run through, and every decision is printed with its arithmetic', async () => {
  const { status, stdout } = await slipway('autoscale simulate --trace burst.csv --max-wait-seconds 60')
  expect(status).toBe(0)
  expect(stdout).toContain('requests\t20\nserved\t20\nrefused\t0 as the queue was full')
  expect(stdout).toMatch(/^at \d+ s\t10 replicas: busy .* ÷ 0\.7 = .* of 1–10$/m)
})

test('the flags hold', async () => {
  const refused = { queueFull: 17, waitedTooLong: 2 }
  const flags = '--policy maxReplicas=1 --max-wait-seconds 0.1 --max-queue-length 2'
  expect(await simulated(`--trace burst.csv ${flags}`)).toMatchObject({ requests: 20, served: 1, refused })
  const more = `--policy minReplicas=0 --initial-replicas 20 --start-seconds 0`
  expect(await simulated(`--trace burst.csv ${more}`)).toMatchObject({ served: 20 })
})

test('phases of a made trace follow each other', async () => {
  const { durationSeconds, requests } = await simulated('--rate 100:1:0.01,100:10:0.01')
  expect(durationSeconds).toBeGreaterThan(190)
  expect(requests).toBeGreaterThan(900)
  expect(requests).toBeLessThan(1300)
})

test.each([
  { words: '', says: 'one of --trace and --rate must be given' },
  { words: '--trace burst.csv --rate 1:1:1', says: 'one of --trace and --rate must be given' },
  { words: '--trace nothing.csv', says: 'nothing.csv cannot be read: ENOENT' },
  { words: '--rate 60:5', says: 'SECONDS:REQUESTS_PER_SECOND:RUN_SECONDS, got 60:5' },
  { words: '--rate 1:1:1 --policy minimum=1', says: '--policy has no minimum' },
  { words: '--rate 1:1:1 --policy minReplicas=0.5', says: 'minReplicas must be a whole number (0.5)' },
  {
    words: '--rate 1:1:1 --policy minReplicas=11',
    says: 'minReplicas must not exceed maxReplicas (11 > 10)',
  },
  { words: '--rate 1:1:1 --start-seconds -1', says: 'It must be at least 0.' },
])('simulate $words is refused', async ({ words, says }) => {
  const { status, stderr } = await slipway(`autoscale simulate ${words}`.trim())
  expect(stderr).toContain(says)
  expect(status).toBe(2)
})
