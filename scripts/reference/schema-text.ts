/** Says in words what a JSON schema allows, and lists the fields of an object. */
import { code, oneOf, anchorOf } from './markdown.ts'

/** The part of JSON Schema that the contract renders to. */
export interface Schema {
  $ref?: string
  type?: string
  const?: string
  enum?: readonly string[]
  anyOf?: readonly Schema[]
  items?: Schema
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  additionalProperties?: Schema | boolean
  description?: string
  default?: unknown
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  maxItems?: number
}

export interface Field {
  /** Dotted path from the object that holds it. */
  path: string
  schema: Schema
  required: boolean
}

/** `Name` for a component, whatever side it was rendered for. */
export function componentName(reference: string): string {
  return reference.replace('#/components/schemas/', '').replace(/Input$/, '')
}

/** One phrase, such as `whole number, 1 to 100`. */
export function typeText(schema: Schema): string {
  if (schema.$ref !== undefined) return linkTo(componentName(schema.$ref))
  if (schema.const !== undefined) return code(schema.const)
  if (schema.enum) return oneOf(schema.enum)
  if (schema.anyOf) return schema.anyOf.map(typeText).join(', or ')
  const describe = describers[schema.type ?? '']
  return describe ? describe(schema) : 'any JSON'
}

/** Every field of an object, those of objects inside it with a dotted path. */
export function fieldsOf(schema: Schema, prefix = ''): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const required = schema.required?.includes(name) ?? false
    const field: Field = { path: `${prefix}${name}`, schema: property, required }
    const inner = property.properties ? property : property.items
    const mark = inner === property.items ? '[]' : ''
    return [field, ...(inner?.properties ? fieldsOf(inner, `${field.path}${mark}.`) : [])]
  })
}

export function linkTo(component: string): string {
  return `[${component}](#${anchorOf(component)})`
}

const describers: Readonly<Record<string, (schema: Schema) => string>> = {
  string: stringText,
  integer: (schema) => `whole number${rangeText(schema)}`,
  number: (schema) => `number${rangeText(schema)}`,
  boolean: () => '`true` or `false`',
  null: () => '`null`',
  array: ({ items, maxItems }) =>
    `list of ${items ? typeText(items) : 'anything'}${maxItems === undefined ? '' : `, at most ${maxItems}`}`,
  object: ({ additionalProperties, properties }) => {
    if (properties && Object.keys(properties).length > 0) return 'object'
    return typeof additionalProperties === 'object' ? `name → ${typeText(additionalProperties)}` : 'object'
  },
}

function stringText({ format, pattern, minLength, maxLength }: Schema): string {
  if (format === 'date-time') return 'time (ISO 8601, UTC)'
  if (format === 'binary') return 'bytes'
  const length = lengthText(minLength, maxLength)
  return `text${length}${pattern === undefined ? '' : ` matching ${code(pattern)}`}`
}

function lengthText(least: number | undefined, most: number | undefined): string {
  if (most === undefined) return least === undefined ? '' : `, at least ${least} characters`
  return least === undefined ? `, at most ${most} characters` : `, ${least} to ${most} characters`
}

/** The bounds of what JavaScript counts exactly are no rule of ours. */
function rangeText({ minimum, maximum }: Schema): string {
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
  if (least === undefined) return most === undefined ? '' : `, at most ${most}`
  return most === undefined ? `, ${least} or more` : `, ${least} to ${most}`
}
