/** Derives flags from the schemas of the contract, and request fields from the flags that were given. */
import { checkValue } from '@slipway/contract'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { usageError } from '../failure.ts'

type FlagKind = 'text' | 'number' | 'switch' | 'boolean' | 'list' | 'pairs'

export interface FieldFlag {
  /** Name of the field in the request. */
  field: string
  /** Name of the flag, without dashes in front. */
  name: string
  kind: FlagKind
  description: string
  defaultValue: unknown
  choices: readonly string[] | undefined
  /** What a switch that was given stands for: queries carry it as text. */
  switchedOn: true | 'true'
  /** True where the value `none` takes the field away. */
  nullable: boolean
  /** The first rule that the value breaks, with the value; of pairs also the key. */
  check(value: unknown): string | undefined
}

/** Stands for null: commander takes a null of its own for a flag without a value. */
const none = Symbol('none')

export type Shape = Readonly<Record<string, unknown>>

export interface FlagSource {
  /** Fields of a schema. */
  shape: Shape
  /** Flags by field: a name of their own, or true for the field's in kebab case. */
  fields: Readonly<Record<string, string | true>>
  /** Fields with the same names whose descriptions and defaults stand in where `shape` has none. */
  described?: Shape | undefined
}

export function fieldFlags({ shape, fields, described = {} }: FlagSource): FieldFlag[] {
  return Object.entries(fields).map(([field, name]) => {
    const schema = schemaAt(shape, field)
    const told = descriptionOf(schema) ?? descriptionOf(described[field] as SchemaNode | undefined) ?? ''
    return flagOf(schema, { field, name: name === true ? kebab(field) : name, told })
  })
}

export function addFlags(command: Command, flags: readonly FieldFlag[]): Command {
  for (const flag of flags) command.addOption(optionOf(flag))
  return command
}

/** The fields whose flags were given. Errors: usage, naming each flag whose value breaks a rule of the schema. */
export function readFlags(
  options: Readonly<Record<string, unknown>>,
  flags: readonly FieldFlag[],
): Record<string, unknown> {
  const given = flags.flatMap((flag) => {
    const value = options[camel(flag.name)]
    return value === undefined ? [] : [{ flag, value: value === none ? null : value }]
  })
  const faults = given.flatMap(({ flag, value }) => {
    const fault = flag.check(value)
    return fault === undefined ? [] : [`--${flag.name} ${fault}`]
  })
  if (faults.length > 0) throw usageError(faults.join('; '))
  return Object.fromEntries(given.map(({ flag, value }) => [flag.field, value]))
}

/** The parts of a Zod schema that matter for a flag. */
type SchemaNode = Parameters<typeof checkValue>[0] & {
  def: {
    type: string
    innerType?: SchemaNode
    defaultValue?: unknown
    entries?: Record<string, string>
    /** What a pipe reads its input into. */
    out?: SchemaNode
  }
}

function schemaAt(shape: Shape, field: string): SchemaNode {
  const schema = shape[field] as SchemaNode | undefined
  if (!schema) throw new Error(`the contract has no field ${field}`)
  return schema
}

function flagOf(schema: SchemaNode, place: { field: string; name: string; told: string }): FieldFlag {
  const { core, defaultValue, nullable } = unwrap(schema)
  const kind = kindOf(core, defaultValue)
  return {
    field: place.field,
    name: place.name,
    description: place.told,
    kind,
    defaultValue,
    choices: core.def.entries && Object.values(core.def.entries),
    nullable,
    switchedOn: isBooleanText(core) ? 'true' : true,
    check: (value) => {
      const checked = checkValue(schema, { where: place.field, value })
      if (checked.kind === 'valid') return undefined
      const [{ path, message }] = checked.faults
      return kind === 'pairs' ? `${path.slice(place.field.length + 1)} ${message}` : message
    },
  }
}

/** A schema may be described on the outside, or before it was made optional or got its default. */
function descriptionOf(schema: SchemaNode | undefined): string | undefined {
  return schema && (schema.description ?? descriptionOf(schema.def.innerType))
}

interface Unwrapped {
  core: SchemaNode
  defaultValue: unknown
  nullable: boolean
}

/** Takes off optional, nullable and default. */
function unwrap(schema: SchemaNode): Unwrapped {
  const { innerType, type } = schema.def
  if (!innerType) return { core: schema, defaultValue: undefined, nullable: false }
  const inner = unwrap(innerType)
  if (type === 'default') return { ...inner, defaultValue: schema.def.defaultValue }
  return type === 'nullable' ? { ...inner, nullable: true } : inner
}

/** `z.stringbool()`, which reads a boolean out of text. */
function isBooleanText({ def }: SchemaNode): boolean {
  return def.type === 'pipe' && def.out?.def.type === 'boolean'
}

function kindOf(core: SchemaNode, defaultValue: unknown): FlagKind {
  if (isBooleanText(core)) return 'switch'
  switch (core.def.type) {
    case 'number':
      return 'number'
    case 'boolean':
      return defaultValue === false ? 'switch' : 'boolean'
    case 'array':
      return 'list'
    case 'record':
      return 'pairs'
    default:
      return 'text'
  }
}

const placeholders: Readonly<Record<FlagKind, string>> = {
  text: ' <text>',
  number: ' <number>',
  switch: '',
  boolean: ' [true|false]',
  list: ' <text>',
  pairs: ' <key=value>',
}

function optionOf(flag: FieldFlag): Option {
  const option = new Option(`--${flag.name}${placeholders[flag.kind]}`, describeFlag(flag))
  if (flag.kind === 'switch') return option.preset(flag.switchedOn)
  if (flag.kind === 'boolean') option.preset('true')
  if (flag.choices) return option.choices(flag.choices)
  return option.argParser((text, before) => parseValue(flag, text, before))
}

function describeFlag({ description, kind, defaultValue, nullable }: FieldFlag): string {
  const repeated = kind === 'list' || kind === 'pairs' ? ' May be repeated.' : ''
  const removed = nullable ? ' `none` takes it away.' : ''
  const isShown = defaultValue !== undefined && defaultValue !== false && typeof defaultValue !== 'object'
  const standard = isShown ? ` (default: ${JSON.stringify(defaultValue).replaceAll('"', '')})` : ''
  return `${description}${repeated}${removed}${standard}`
}

function parseValue(flag: FieldFlag, text: string, before: unknown): unknown {
  if (flag.nullable && text === 'none') return none
  switch (flag.kind) {
    case 'number':
      return parseNumber(text)
    case 'boolean':
      return parseBoolean(text)
    case 'list':
      return [...((before as string[] | undefined) ?? []), text]
    case 'pairs':
      return { ...(before as Record<string, string> | undefined), ...parsePair(text) }
    default:
      return text
  }
}

function parseNumber(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.')
  return value
}

function parseBoolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('It must be true or false.')
  return text === 'true'
}

function parsePair(text: string): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must look like key=value.')
  return { [text.slice(0, at)]: text.slice(at + 1) }
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function camel(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
