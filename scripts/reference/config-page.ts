/** The page of the server's settings: flag, variable, default, meaning. */
import { homedir } from 'node:os'
import * as z from 'zod'
import { Config, configKeys, flagOf, variableOf } from '../../packages/server/src/config.ts'
import { blocks, code, table } from './markdown.ts'
import { typeText, type Schema } from './schema-text.ts'

export function configPage(): string {
  const { properties = {} } = z.toJSONSchema(Config, { unrepresentable: 'any' }) as Schema
  const rows = configKeys.map((key) => {
    const schema = properties[key] ?? {}
    const type = typeText(schema)
    return [
      code(flagOf(key)),
      code(variableOf(key)),
      type,
      defaultText(schema.default),
      schema.description ?? '',
    ]
  })
  return blocks(
    '# Settings of the server',
    introduction,
    table(['flag', 'variable', 'type', 'default', 'meaning'], rows),
  )
}

const introduction =
  '`slipway serve` takes each setting as a flag or as an environment variable. Flags win over variables, variables over defaults. A setting that is unknown or wrong stops the start with exit code 2 and the name of the flag.'

/** The same on every machine. */
function defaultText(value: unknown): string {
  if (value === undefined) return ''
  return code((typeof value === 'string' ? value : JSON.stringify(value)).replace(homedir(), '~'))
}
