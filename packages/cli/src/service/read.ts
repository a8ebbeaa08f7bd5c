/** Listing and showing services, and reading their logs. */
import type { Service } from '@slipway/contract'
import type { Client } from '@slipway/sdk'
import { argument, type Action } from '../action.ts'
import { readFlags } from '../flags/field-flags.ts'
import { readList } from '../flags/list-flags.ts'
import { followEntries, showLog } from '../output/log-lines.ts'
import { listFilters, logFlags } from './flags.ts'
import { listColumns, rowOf, showService } from './view.ts'

/** The service that the first argument names. */
export async function readService(action: Action, client: Client): Promise<Service> {
  return await client.services.get({ params: paramsOf(action) }, { signal: action.signal })
}

export function paramsOf(action: Action): { workspace: string; name: string } {
  return { workspace: action.workspace, name: argument(action, 0) }
}

export async function list(action: Action): Promise<void> {
  const client = await action.connect()
  const { workspace, signal } = action
  const items = await readList(action.options, listFilters, (query) =>
    client.services.list({ params: { workspace }, query }, { signal }),
  )
  action.show(items, { kind: 'table', columns: listColumns, rows: items.map(rowOf) })
}

export async function show(action: Action): Promise<void> {
  showService(action, await readService(action, await action.connect()))
}

export async function logs(action: Action): Promise<void> {
  const client = await action.connect()
  const input = { params: paramsOf(action), query: readFlags(action.options, logFlags) }
  const { signal } = action
  if (action.options['follow'] === true) {
    return await followEntries(action, client.services.followLogs(input, { signal }))
  }
  const { items } = await client.services.logs(input, { signal })
  return showLog(action, items)
}
