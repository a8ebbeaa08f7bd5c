/** Flags of all lists, and reading a list to its end. */
import { listQuery } from '@slipway/contract'
import { listAll } from '@slipway/sdk'
import type { Command } from 'commander'
import { usageError } from '../failure.ts'
import { addFlags, fieldFlags, readFlags, type Shape } from './field-flags.ts'

const pageSize = 1000

/** `own` names the filters that only this list has. */
export function listFlags(shape: Shape, own: readonly string[]) {
  const filters = Object.fromEntries(
    ['tag', 'property', 'order', ...own].map((field) => [field, true as const]),
  )
  const flags = fieldFlags({ shape, fields: filters })
  // The two take one value or several in a query; as flags they are repeated.
  return flags.map((flag) =>
    flag.name === 'tag' || flag.name === 'property' ? { ...flag, kind: 'list' as const } : flag,
  )
}

type ListFlags = ReturnType<typeof listFlags>

export function addListFlags(command: Command, flags: ListFlags): Command {
  return addFlags(command, flags).option('--limit <number>', 'Most items to show; all unless given.')
}

interface Page<T> {
  items: T[]
  next?: string | undefined
}

/** Reads page after page until the limit of the user or the end. */
export async function readList<T>(
  options: Readonly<Record<string, unknown>>,
  flags: ListFlags,
  read: (query: Record<string, unknown>) => Promise<Page<T>>,
): Promise<T[]> {
  const filters = readFlags(options, flags)
  const most = readLimit(options['limit'] as string | undefined)
  const items: T[] = []
  for await (const item of listAll((cursor) =>
    read({ ...filters, cursor, limit: Math.min(most, pageSize) }),
  )) {
    items.push(item)
    if (items.length >= most) break
  }
  return items
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return Infinity
  const limit = listQuery.limit.safeParse(Math.min(Number(text), pageSize))
  if (!limit.success) throw usageError(`--limit must be a number from 1, got ${text}`)
  return Number(text)
}
