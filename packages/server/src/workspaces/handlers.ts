/** Workspaces: created, listed, read; the default one exists from the first start. */
import { defaultWorkspace, type Workspace } from '@slipway/contract'
import type { NounHandlers } from '../http/handlers.ts'
import type { Resource, ResourceKey, ResourceStore } from '../store/resource-store.ts'

export function workspaceHandlers(store: ResourceStore): NounHandlers<'workspaces'> {
  return {
    create: async ({ body }) => asWorkspace(await store.create(draftOf(body.name))),
    list: async ({ query }) => {
      const { items, next } = await store.list({ kind: 'workspace', ...query })
      return { items: items.map(asWorkspace), ...(next !== undefined && { next }) }
    },
    get: async ({ params }) => asWorkspace(await store.get(workspaceKey(params.workspace))),
  }
}

/** Makes the default workspace if it is not there yet. */
export async function ensureDefaultWorkspace(store: ResourceStore): Promise<void> {
  await store.transaction(async (tx) => {
    if (!(await tx.find(workspaceKey(defaultWorkspace)))) await tx.create(draftOf(defaultWorkspace))
  })
}

/** Errors: `not-found`. */
export async function requireWorkspace(store: ResourceStore, name: string): Promise<void> {
  await store.get(workspaceKey(name))
}

/** A workspace belongs to itself, so that its name is its place. */
function workspaceKey(name: string): ResourceKey {
  return { kind: 'workspace', workspace: name, name }
}

function draftOf(name: string) {
  return { ...workspaceKey(name), spec: {}, status: {} }
}

function asWorkspace(resource: Resource): Workspace {
  return { ...resource, kind: 'workspace', spec: {}, status: {} }
}
