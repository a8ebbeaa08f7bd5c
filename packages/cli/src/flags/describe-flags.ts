/** Flags that change what was said of a resource: description, tags, properties. */
import { describable } from '@slipway/contract'
import { fieldFlags, type FieldFlag, type Shape } from './field-flags.ts'

export function describeFlags(shape: Shape): FieldFlag[] {
  const fields = {
    description: true,
    setTags: 'tag',
    removeTags: 'remove-tag',
    addProperties: 'property',
  } as const
  return fieldFlags({ shape, fields, described: describable })
}
