/** Loads a server with wrk. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runProgram } from '../../../scripts/quickstart/run-program.ts'
import { findProgram } from '../../../scripts/setup/places.mjs'

export interface ScoringRequest {
  url: string
  headers: Readonly<Record<string, string>>
  body: string
}

export interface LoadSettings {
  connections: number
  seconds: number
}

export interface LoadResult {
  requests: number
  durationUs: number
  p50Us: number
  p99Us: number
  /** Requests that failed or were not answered with 2xx. */
  errors: number
}

/** Errors: wrk is not installed. */
export function requireWrk(): void {
  if (findProgram('wrk') === undefined)
    throw new Error(
      'wrk is not installed: it makes the load. On Debian: apt-get install wrk, or run the set-up as root: npm run setup -- --bench --retry',
    )
}

/** Sends the request over and over, each connection the next as soon as it has the reply. */
export async function runWrk(request: ScoringRequest, settings: LoadSettings): Promise<LoadResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-wrk-'))
  try {
    const bodyFile = path.join(folder, 'body')
    await writeFile(bodyFile, request.body)
    const env = {
      ...process.env,
      BENCH_BODY_FILE: bodyFile,
      BENCH_HEADERS: Object.entries(request.headers).flat().join('\n'),
    }
    const script = path.join(import.meta.dirname, 'report.lua')
    const { connections, seconds } = settings
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, request.url]
    const output = await runProgram({ command: 'wrk', args, env })
    return JSON.parse(output.trim().split('\n').at(-1) ?? '') as LoadResult
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
