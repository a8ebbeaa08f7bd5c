/** A server that the suites are put to. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Address } from '../request.ts'
import type { Profile, ScoringSuite } from '../scoring-case.ts'

export interface ScoringTarget {
  name: string
  profile: Profile
  /** Why the suite says nothing about this server; undefined: it is run. */
  skips(suite: ScoringSuite): string | undefined
  /** Starts a server for the suite's script in an empty folder and waits until it is healthy. */
  open(suite: ScoringSuite, folder: string): Promise<OpenTarget>
  /** How a server for a script ends that cannot serve; absent where no server is started. */
  run?(application: Application, folder: string): Promise<{ code: number | null; printed: string }>
}

export type Application = Pick<ScoringSuite, 'script' | 'files' | 'env'>

export interface OpenTarget extends Address {
  close(): Promise<void>
}

/** Lays the application out; the path of its script. */
export async function writeApplication({ script, files = {} }: Application, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const scriptFile = path.join(folder, 'score.py')
  await writeFile(scriptFile, script)
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
  return scriptFile
}
