/** The HTTP contract of a scoring script, case by case, as a client sees it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { suites } from './all-suites.ts'
import { differences } from './compare.ts'
import { ask } from './request.ts'
import { expectedOf, type ScoringSuite } from './scoring-case.ts'
import { targetsOf } from './targets/all-targets.ts'
import { failingStarts } from './starts.ts'
import type { OpenTarget, ScoringTarget } from './targets/target.ts'

for (const target of targetsOf(process.env)) {
  for (const suite of suites) describeSuite(target, suite)
  describeStarts(target)
}

function describeSuite(target: ScoringTarget, suite: ScoringSuite): void {
  const skipped = target.skips(suite)
  const reason = skipped === undefined ? '' : ` (${skipped})`
  describe.skipIf(reason !== '')(`${suite.name}, asked of ${target.name}${reason}`, () => {
    let folder: string
    let server: OpenTarget

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'scoring-case-'))
      server = await target.open(suite, folder)
    })
    afterAll(async () => {
      await server.close()
      await rm(folder, { recursive: true })
    })

    test.each(suite.cases)('$title', async (one) => {
      expect(differences(await ask(server, one.request), expectedOf(one, target.profile))).toEqual([])
    })
  })
}

function describeStarts({ name, run }: ScoringTarget): void {
  if (run === undefined) return
  describe(`a script that cannot serve, given to ${name}`, () => {
    let folder: string

    beforeEach(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'scoring-start-'))
    })
    afterEach(async () => await rm(folder, { recursive: true }))

    test.each(failingStarts)('$title ends it with 3', async (start) => {
      const { code, printed } = await run(start, folder)
      expect(printed).toMatch(start.says)
      expect(code).toBe(3)
    })
  })
}
