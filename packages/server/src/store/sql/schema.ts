/** The tables as Kysely sees them; migrations.ts creates them. */
import type { ChangeRow, Note, ResourceRow } from '../resource-tables.ts'

export interface Schema {
  resources: ResourceRow
  /** user_id uses used_id, both ids of resources. */
  uses: { userId: number; usedId: number }
  /** Which resources a term (see index-terms.ts) leads to. */
  terms: { term: string; workspace: string; id: number }
  /** The last version given to a name; it outlives the resources. */
  versions: { kind: string; workspace: string; name: string; last: number }
  changes: ChangeRow
  notes: Note
  /** One row: the last revision. Whoever locks it is the only writer. */
  revisions: { one: number; last: number }
  /** One row: the schema that the database has. */
  migrated: { one: number; version: number }
}
