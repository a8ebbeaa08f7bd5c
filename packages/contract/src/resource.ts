/** What all resources share: metadata, conditions, lists. */
import * as z from 'zod'
import { WorkspaceName } from './names.ts'

const Text = z.string().max(4096)

export const Tags = z.record(z.string().min(1).max(256), Text).meta({ id: 'Tags' })

export const Metadata = z
  .object({
    workspace: WorkspaceName,
    uid: z.string().describe('Identity of this resource; a name used again gets a new one.'),
    generation: z.int().describe('Counts changes of the spec, from 1.'),
    revision: z.int().describe('Changes with every write, to spec or status; used by If-Match and watches.'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    description: z.string().max(8192).optional(),
    tags: Tags.describe('Free key and value pairs; may be changed.'),
    properties: Tags.describe('Key and value pairs that only grow: a key once set is fixed.'),
  })
  .meta({ id: 'Metadata' })

export type Metadata = z.output<typeof Metadata>

export const Condition = z
  .object({
    type: z.string().describe('What the statement is about, such as `Ready`.'),
    status: z.enum(['true', 'false', 'unknown']),
    reason: z.string().describe('One word for programs, such as `InitFailed`.'),
    message: z.string().describe('One sentence for people; a traceback may follow on the next lines.'),
    observedGeneration: z.int().optional().describe('Generation of the spec that the statement is about.'),
    changedAt: z.iso.datetime().describe('When the status last changed.'),
  })
  .meta({ id: 'Condition' })

export type Condition = z.output<typeof Condition>

/** How far a long-running piece of work is, in Azure’s words. */
export const WorkState = z
  .enum(['NotStarted', 'Running', 'Succeeded', 'Failed', 'Cancelled', 'TimedOut'])
  .meta({ id: 'WorkState' })

export type WorkState = z.output<typeof WorkState>

export const Failure = z
  .object({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
  })
  .meta({ id: 'Failure' })

export type Failure = z.output<typeof Failure>

/** What a person may say about a resource when creating or changing it. */
export const describable = {
  description: z.string().max(8192).optional().describe('Free text.'),
  tags: Tags.default({}).describe('Tags as key=value.'),
  properties: Tags.default({}).describe('Properties as key=value; they can be added later, but not changed.'),
}

/** A change of what a person said; what is left out stays. */
export const Describe = z
  .strictObject({
    description: z.string().max(8192).optional().describe('Free text, in place of what was said before.'),
    setTags: Tags.optional().describe('Tags to add or replace.'),
    removeTags: z.array(z.string()).max(1000).optional().describe('Tags to remove.'),
    addProperties: Tags.optional().describe(
      'Properties to add; a key that exists with another value is refused.',
    ),
  })
  .meta({ id: 'Describe' })

export type Describe = z.output<typeof Describe>

const Comma = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]))

/** A switch in a query, as text; shown as the boolean it means. */
export const Flag = z.stringbool().meta({ type: 'boolean' })

/** Query of every list. */
export const listQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Most items on one page.'),
  cursor: z.string().max(2048).optional().describe('Where the next page starts: `next` of the page before.'),
  tag: Comma.optional().describe(
    'Only items with this tag: `key` or `key=value`; with several, all of them.',
  ),
  property: Comma.optional().describe(
    'Only items with this property: `key` or `key=value`; with several, all of them.',
  ),
  order: z.enum(['newest', 'oldest']).default('newest').describe('By time of creation.'),
}

export function listOf<T extends z.ZodType>(item: T, id: string) {
  return z
    .object({
      items: z.array(item),
      next: z.string().optional().describe('Cursor of the next page; absent on the last.'),
    })
    .meta({ id })
}
