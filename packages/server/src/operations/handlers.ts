/** Operations: listed and read; reconcilers write them. */
import type { NounHandlers } from '../http/handlers.ts'
import { asOperation } from '../reconcile/operation-records.ts'
import type { Operation } from '@slipway/contract'
import type { ResourceStore } from '../store/resource-store.ts'

export function operationHandlers(store: ResourceStore): NounHandlers<'operations'> {
  return {
    list: async ({ params, query }) => {
      const { tag, property, state, ...rest } = query
      const page = await store.list<Operation['spec'], Operation['status']>({
        kind: 'operation',
        workspace: params.workspace,
        ...rest,
        tags: tag,
        properties: property,
        ...(state && { where: { state } }),
      })
      return { items: page.items.map(asOperation), ...(page.next !== undefined && { next: page.next }) }
    },
    get: async ({ params }) => asOperation(await store.get({ kind: 'operation', ...params })),
  }
}
