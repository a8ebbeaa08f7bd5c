/** Finds and reads the JSON file that may hold settings of the score server. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { SettingsError } from './settings-error.ts'

export interface ConfigFile {
  path: string
  /** By the names of the environment variables; JSON values as text. */
  values: ReadonlyMap<string, string>
}

/** The value of a setting by the name of its variable; an empty one counts as absent. */
export type LookUp = (name: string) => string | undefined

/** `named` must exist; else `config.json` of the first folder that has one. Throws SettingsError for what is no JSON object. */
export function readConfigFile(
  named: string | undefined,
  folders: readonly (string | undefined)[],
): ConfigFile | undefined {
  if (named !== undefined) return read(named)
  const candidates = folders.flatMap((folder) =>
    folder === undefined ? [] : path.join(folder, 'config.json'),
  )
  const found = candidates.find((file) => existsSync(file))
  return found === undefined ? undefined : read(found)
}

function read(file: string): ConfigFile {
  const values = parse(file, readText(file))
  const texts = Object.entries(values).map(([name, value]) => [name, textOf(value)] as const)
  return { path: file, values: new Map(texts) }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new SettingsError(`the configuration file cannot be read: ${(error as Error).message}`)
  }
}

function parse(file: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch (error) {
    throw new SettingsError(`${file} must hold JSON: ${(error as Error).message}`)
  }
  throw new SettingsError(`${file} must hold a JSON object`)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
