/** The text form of a lock: pinned requirements with hashes, as uv and pip both read and write it. */
import type { LockedPackage } from '@slipway/contract'
import { normalizeName } from './pip-entry.ts'

/** Reads `name==version` and `name @ address` lines with their `--hash` continuations; sorted by name. */
export function parseLock(text: string): LockedPackage[] {
  const logical = text.replaceAll(/\\\r?\n\s*/g, ' ').split(/\r?\n/)
  return logical.flatMap((line) => parseLine(line.trim()) ?? []).sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function formatLock(packages: readonly LockedPackage[]): string {
  return packages.map((locked) => [pinOf(locked), ...hashesOf(locked)].join(' \\\n    ')).join('\n') + '\n'
}

function parseLine(line: string): LockedPackage | undefined {
  const [, name, version, url] = /^([A-Za-z0-9][\w.-]*)\s*(?:==\s*([^\s;]+)|@\s*(\S+))/.exec(line) ?? []
  if (name === undefined) return undefined
  const hashes = [...line.matchAll(/--hash=(\S+)/g)].map(([, hash = '']) => hash).sort()
  if (url === undefined) return { name: normalizeName(name), version: version ?? '', hashes }
  return { name: normalizeName(name), version: versionInUrl(url), hashes, url }
}

function versionInUrl(url: string): string {
  const file = new URL(url).pathname.split('/').at(-1) ?? ''
  return /^[\w.]+-(\d[\w.+!]*?)(?:-|\.tar|\.zip|\.whl|$)/.exec(file)?.[1] ?? 'unknown'
}

function pinOf({ name, version, url }: LockedPackage): string {
  return url === undefined ? `${name}==${version}` : `${name} @ ${url}`
}

function hashesOf({ hashes }: LockedPackage): string[] {
  return hashes.map((hash) => `--hash=${hash}`)
}
