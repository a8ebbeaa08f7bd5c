/** Between rows as they are stored and resources as features see them. */
import { formatName, type Draft, type Resource, type ResourceKey } from './resource-store.ts'
import type { About, ResourceRow } from './resource-tables.ts'

export function resourceOf<Spec, Status>(row: ResourceRow): Resource<Spec, Status> {
  const { description, tags, properties } = aboutOf(row)
  const { uid, generation, revision, createdAt, updatedAt, workspace } = row
  return {
    kind: row.kind,
    name: row.name,
    ...(row.version === 0 ? {} : { version: row.version }),
    metadata: {
      workspace,
      uid,
      generation,
      revision,
      createdAt,
      updatedAt,
      ...(description === undefined ? {} : { description }),
      tags,
      properties,
    },
    spec: JSON.parse(row.spec) as Spec,
    status: JSON.parse(row.status) as Status,
  }
}

export function aboutOf(row: ResourceRow): About {
  return JSON.parse(row.about) as About
}

export function aboutOfDraft({ description, tags = {}, properties = {}, indexed = {} }: Draft): About {
  return { description, tags, properties, indexed }
}

export function keyOfRow({ kind, workspace, name, version }: ResourceRow): ResourceKey {
  return { kind, workspace, name, ...(version === 0 ? {} : { version }) }
}

/** JSON has no undefined; a document that is left out reads as null. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value ?? null)
}

/** `model diabetes:3 in workspace main`, for messages. */
export function describeKey(key: ResourceKey): string {
  if (key.kind === 'workspace') return `workspace ${key.name}`
  return `${key.kind} ${formatName(key)} in workspace ${key.workspace}`
}
