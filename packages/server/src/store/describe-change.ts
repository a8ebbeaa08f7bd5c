/** Applies a change of description, tags and properties; properties only grow. */
import { ApiError, type Describe, type Metadata } from '@slipway/contract'

export interface Described {
  description?: string
  tags: Record<string, string>
  properties: Record<string, string>
}

/** Errors: `conflict` when a property that exists would get another value. */
export function describe(current: Metadata, change: Describe): Described {
  for (const [key, value] of Object.entries(change.addProperties ?? {})) {
    const fixed = Object.hasOwn(current.properties, key) ? current.properties[key] : undefined
    if (fixed !== undefined && fixed !== value) {
      throw new ApiError('conflict', `the property ${key} is fixed at ${fixed} and cannot become ${value}`, {
        hint: 'Properties only grow: add another key, or use a tag.',
      })
    }
  }
  const removed = new Set(change.removeTags)
  const kept = Object.entries(current.tags).filter(([key]) => !removed.has(key))
  const description = change.description ?? current.description
  return {
    ...(description !== undefined && { description }),
    tags: { ...Object.fromEntries(kept), ...change.setTags },
    properties: { ...current.properties, ...change.addProperties },
  }
}
