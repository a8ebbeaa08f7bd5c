// Runs the steps of the set-up that are not done yet, side by side where they allow it, and remembers the outcome.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { CommandError } from './run-command.mjs'

/**
 * @typedef {object} StepContext
 * @property {string} logFile where the output of the step's programs goes
 * @property {AbortSignal} signal
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {string} what what it does, shown while it runs
 * @property {boolean} required a failure of a required step ends the set-up; any other is a named skip
 * @property {string} [help] what to do when it fails
 * @property {string[]} [after] steps that must have ended first
 * @property {() => unknown} inputs all that the result depends on; the step runs again when it changes
 * @property {() => boolean} present whether the result is there
 * @property {(context: StepContext) => Promise<void>} run
 *
 * @typedef {{ key: string, outcome: 'done' | 'skipped', reason?: string, seconds: number }} StepRecord
 */

/** Thrown by an optional step that this machine cannot do: the message is the reason. */
export class Skip extends Error {
  name = 'Skip'
}

/** A required step that failed: the message is complete and meant for the person at the terminal. */
export class SetupError extends Error {
  name = 'SetupError'
}

/**
 * The steps that have to run: new inputs, a missing result, or never ended.
 * @param {Step[]} steps
 * @param {string} stateDir
 * @returns {Step[]}
 */
export function pending(steps, stateDir) {
  return steps.filter((step) => {
    const record = readRecord(step.name, stateDir)
    if (record?.key !== keyOf(step)) return true
    return record.outcome === 'done' && !step.present()
  })
}

/**
 * Runs what is pending of `steps`, each after those that it names, and records how each ended.
 * @param {Step[]} steps
 * @param {{ stateDir: string, print: (line: string) => void, signal: AbortSignal }} options
 * @returns {Promise<void>}
 * @throws {SetupError} when a required step failed
 */
export async function runSteps(steps, options) {
  mkdirSync(options.stateDir, { recursive: true })
  const failure = new AbortController()
  const signal = AbortSignal.any([options.signal, failure.signal])
  /** @type {Map<string, Promise<void>>} */
  const started = new Map()
  for (const step of steps) {
    const first = (step.after ?? []).flatMap((name) => started.get(name) ?? [])
    const run = Promise.all(first).then(() => runPending(step, { ...options, signal }))
    started.set(step.name, run)
    run.catch((error) => failure.abort(error))
  }
  await Promise.allSettled(started.values())
  if (failure.signal.aborted) throw failure.signal.reason
  writeSkipped(options.stateDir)
}

/**
 * What this machine goes without: name and reason.
 * @param {string} stateDir
 * @returns {Record<string, string>}
 */
export function skippedSteps(stateDir) {
  try {
    return JSON.parse(readFileSync(path.join(stateDir, 'skipped.json'), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return {}
    throw error
  }
}

/** Looked at only now: a step that ran before may have taken the result away. */
async function runPending(step, options) {
  if (pending([step], options.stateDir).length > 0) await runStep(step, options)
}

const heartbeatMs = 30_000

async function runStep(step, { stateDir, print, signal }) {
  signal.throwIfAborted()
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  const say = (text) => print(`set-up  ${step.name}: ${text}`)
  const logFile = path.join(stateDir, `${step.name}.log`)
  writeFileSync(logFile, '')
  say(step.what)
  const heartbeat = setInterval(() => say(`still at it after ${seconds().toFixed(0)} s`), heartbeatMs)
  try {
    await step.run({ logFile, signal })
    writeRecord(step, stateDir, { outcome: 'done', seconds: seconds() })
    say(`done in ${seconds().toFixed(1)} s`)
  } catch (error) {
    signal.throwIfAborted()
    if (step.required) throw new SetupError(explain(step, error), { cause: error })
    const reason = skipReason(error, logFile)
    writeRecord(step, stateDir, { outcome: 'skipped', reason, seconds: seconds() })
    say(`skipped: ${reason}`)
  } finally {
    clearInterval(heartbeat)
  }
}

function explain(step, error) {
  const output = error instanceof CommandError ? error.output.trimEnd() : ''
  const lines = [output, `The set-up stopped at "${step.name}": ${error.message}`, step.help]
  return lines.filter(Boolean).join('\n')
}

function skipReason(error, logFile) {
  if (error instanceof Skip) return error.message
  if (error instanceof CommandError) return `${error.message}; its output is in ${logFile}`
  return error.message
}

/** @param {Step} step */
function keyOf(step) {
  return createHash('sha256').update(JSON.stringify(step.inputs())).digest('hex')
}

const recordSuffix = '.step.json'

/** @returns {StepRecord | undefined} */
function readRecord(name, stateDir) {
  try {
    return JSON.parse(readFileSync(path.join(stateDir, name + recordSuffix), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

function writeRecord(step, stateDir, result) {
  const record = { key: keyOf(step), ...result }
  writeFileSync(path.join(stateDir, step.name + recordSuffix), `${JSON.stringify(record)}\n`)
}

function writeSkipped(stateDir) {
  const names = readdirSync(stateDir)
    .filter((file) => file.endsWith(recordSuffix))
    .map((file) => file.slice(0, -recordSuffix.length))
  const skipped = names.flatMap((name) => {
    const record = readRecord(name, stateDir)
    return record?.outcome === 'skipped' ? [[name, record.reason]] : []
  })
  const text = JSON.stringify(Object.fromEntries(skipped), undefined, 2)
  writeFileSync(path.join(stateDir, 'skipped.json'), `${text}\n`)
}
