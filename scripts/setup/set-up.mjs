// Brings a checkout to the point where a job can run: which steps, under one lock, with what is skipped.
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { withLock } from './lock.mjs'
import { setupDir } from './places.mjs'
import { pending, runSteps, skippedSteps } from './step-runner.mjs'
import { npmPackages } from './steps/npm-packages.mjs'
import { pythonTestTools, uv } from './steps/python-tools.mjs'
import { s3Server } from './steps/s3-server.mjs'
import { loadGenerator, postgres } from './steps/system-packages.mjs'

/** What a job may ask for on top of `base`, which every job needs. */
export const stepSets = {
  base: [npmPackages, uv],
  checks: [npmPackages, uv, pythonTestTools],
  tests: [npmPackages, uv, pythonTestTools, s3Server, postgres],
  bench: [npmPackages, uv, loadGenerator],
}

/**
 * Does what is missing, nothing when nothing is, and says what the machine goes without.
 * @param {{ set: keyof stepSets, retry: boolean, print: (line: string) => void, signal: AbortSignal }} options
 * @returns {Promise<void>}
 */
export async function setUp({ set, retry, print, signal }) {
  const steps = stepSets[set]
  mkdirSync(setupDir, { recursive: true })
  if (retry) forgetSkipped()
  if (pending(steps, setupDir).length > 0) await work(steps, { print, signal })
  else printSkipped(set, print)
}

function work(steps, { print, signal }) {
  const onWait = (owner) => print(`set-up  waiting for the one that runs already (process ${owner})`)
  // Whoever waited finds the work done.
  const run = () => runSteps(steps, { stateDir: setupDir, print, signal })
  return withLock(path.join(setupDir, 'lock'), run, { onWait, signal })
}

function forgetSkipped() {
  for (const name of Object.keys(skippedSteps(setupDir)))
    rmSync(path.join(setupDir, `${name}.step.json`), { force: true })
}

function printSkipped(set, print) {
  const skipped = skippedSteps(setupDir)
  const here = stepSets[set].filter(({ name }) => skipped[name] !== undefined)
  for (const { name } of here) print(`set-up  ${name}: skipped: ${skipped[name]}`)
  if (here.length > 0) print(`set-up  (npm run setup -- --${set} --retry tries what was skipped again)`)
}
