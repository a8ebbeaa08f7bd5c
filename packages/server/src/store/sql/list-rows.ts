/** One page of a list in SQL: by the index that fits the filters, never by a scan and a sort. */
import { sql, type Kysely } from 'kysely'
import type { ListQuery, ResourceRow } from '../resource-tables.ts'
import type { Schema } from './schema.ts'

export function listRows(database: Kysely<Schema>, query: ListQuery): Promise<ResourceRow[]> {
  const [term, ...more] = query.terms
  return term === undefined
    ? listByColumns(database, query)
    : listByTerm(database, { ...query, term, terms: more })
}

/** Walks one of the indexes that end in id: by name, latest, workspace or kind. */
function listByColumns(database: Kysely<Schema>, query: ListQuery): Promise<ResourceRow[]> {
  const { kind, workspace, name, order, after } = query
  let rows = database.selectFrom('resources').selectAll().where('kind', '=', kind)
  if (workspace !== undefined) rows = rows.where('workspace', '=', workspace)
  if (name !== undefined) rows = rows.where('name', '=', name)
  if (query.latestOnly) rows = rows.where('latest', '=', sql.lit(1))
  if (after !== undefined) rows = rows.where('id', order === 'newest' ? '<' : '>', after)
  return rows
    .orderBy('id', order === 'newest' ? 'desc' : 'asc')
    .limit(query.limit)
    .execute()
}

/** Walks the resources of one term in order; the other filters are looked up for each. */
function listByTerm(database: Kysely<Schema>, query: ListQuery & { term: string }): Promise<ResourceRow[]> {
  const { workspace, name, order, after } = query
  let rows = database
    .selectFrom('terms')
    .innerJoin('resources', 'resources.id', 'terms.id')
    .selectAll('resources')
    .where('terms.term', '=', query.term)
  if (workspace !== undefined) rows = rows.where('terms.workspace', '=', workspace)
  if (name !== undefined) rows = rows.where('resources.name', '=', name)
  if (query.latestOnly) rows = rows.where('resources.latest', '=', sql.lit(1))
  if (after !== undefined) rows = rows.where('terms.id', order === 'newest' ? '<' : '>', after)
  for (const term of query.terms) {
    rows = rows.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('terms as other')
          .select('other.id')
          .where('other.term', '=', term)
          .whereRef('other.workspace', '=', 'terms.workspace')
          .whereRef('other.id', '=', 'terms.id'),
      ),
    )
  }
  return rows
    .orderBy('terms.id', order === 'newest' ? 'desc' : 'asc')
    .limit(query.limit)
    .execute()
}
