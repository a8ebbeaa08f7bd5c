/** Waits for what was asked of a service, and shows what came of it. */
import type { Operation } from '@slipway/contract'
import type { Client } from '@slipway/sdk'
import type { Action } from '../action.ts'
import { showOperation } from '../commands/operation.ts'
import { finish } from '../wait.ts'
import { readService } from './read.ts'
import { showService } from './view.ts'

/** With --no-wait the operation is shown; else, when it is done, the service. Errors: the operation's own. */
export async function settle(action: Action, client: Client, operation: Operation): Promise<void> {
  if (action.options['wait'] === false) return showOperation(action, operation)
  await finish(action, client, operation)
  showService(action, await readService(action, client))
}
