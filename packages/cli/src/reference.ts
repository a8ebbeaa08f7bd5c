/** Names of things as they stand on the command line: `name` or `name:version`. */
import { parseReference, type Image, type Model } from '@slipway/contract'
import type { Client } from '@slipway/sdk'
import { usageError } from './failure.ts'

export interface Named {
  workspace: string
  text: string
  signal: AbortSignal
}

export async function readModel(client: Client, named: Named): Promise<Model> {
  const { name, version } = split(named)
  const { workspace, signal } = named
  return version === undefined
    ? await client.models.latest({ params: { workspace, name } }, { signal })
    : await client.models.get({ params: { workspace, name, version } }, { signal })
}

export async function readImage(client: Client, named: Named): Promise<Image> {
  const { name, version } = split(named)
  const { workspace, signal } = named
  return version === undefined
    ? await client.images.latest({ params: { workspace, name } }, { signal })
    : await client.images.get({ params: { workspace, name, version } }, { signal })
}

/** For what cannot be undone the version has to be said. */
export function requireVersion(named: Named): { workspace: string; name: string; version: number } {
  const { name, version } = split(named)
  if (version !== undefined) return { workspace: named.workspace, name, version }
  throw usageError(`a version must be named, got ${named.text}`, `For example: ${named.text}:1`)
}

function split({ text }: Named): { name: string; version?: number } {
  const reference = parseReference(text)
  const isWhole = /^[^:]+(:[1-9]\d{0,9})?$/.test(text)
  if (!isWhole) throw usageError(`a name looks like NAME or NAME:VERSION, got ${text}`)
  return reference
}
