/** Cursors of lists: opaque to callers, and refused when they belong to another list. */
import { createHash } from 'node:crypto'
import { ApiError } from '@slipway/contract'
import type { ListOptions } from './resource-store.ts'

/** Points behind a row. */
export function encodeCursor(options: ListOptions, id: number): string {
  return Buffer.from(`${id}.${fingerprint(options)}`).toString('base64url')
}

/** The id a cursor points behind, undefined for the first page. Errors: `bad-request`. */
export function decodeCursor(options: ListOptions): number | undefined {
  if (options.cursor === undefined) return undefined
  const text = Buffer.from(options.cursor, 'base64url').toString()
  const [, id, print] = /^([1-9][0-9]{0,15})\.([\w-]+)$/.exec(text) ?? []
  if (id === undefined || print !== fingerprint(options)) {
    throw new ApiError(
      'bad-request',
      `cursor must be the next of a page of the same list (${quote(options.cursor)})`,
      {
        hint: 'Leave the cursor out to start again, and keep filters and order while paging.',
      },
    )
  }
  return Number(id)
}

/** What makes two lists the same: everything but page size and cursor. */
function fingerprint(options: ListOptions): string {
  const { kind, workspace, name, order, tags = [], properties = [], where = {}, latest = false } = options
  const same = [kind, workspace ?? null, name ?? null, order, tags, properties, where, latest]
  return createHash('sha256').update(JSON.stringify(same)).digest('base64url').slice(0, 11)
}

function quote(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
