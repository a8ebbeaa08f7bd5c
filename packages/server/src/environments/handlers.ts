/** Environments: listed and read; building an image makes them. */
import type { Environment } from '@slipway/contract'
import type { NounHandlers } from '../http/handlers.ts'
import type { Resource, ResourceStore } from '../store/resource-store.ts'

export function environmentHandlers(store: ResourceStore): NounHandlers<'environments'> {
  return {
    list: async ({ params, query }) => {
      const { tag, property, ...rest } = query
      const page = await store.list<Environment['spec'], Environment['status']>({
        kind: 'environment',
        workspace: params.workspace,
        ...rest,
        tags: tag,
        properties: property,
      })
      return { items: page.items.map(asEnvironment), ...(page.next !== undefined && { next: page.next }) }
    },
    get: async ({ params }) => asEnvironment(await store.get({ kind: 'environment', ...params })),
  }
}

function asEnvironment(resource: Resource<Environment['spec'], Environment['status']>): Environment {
  return { ...resource, kind: 'environment' }
}
