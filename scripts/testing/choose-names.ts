// Reads a choice such as `--only lint,types` from the command line of a script.
import { parseArgs } from 'node:util'

/** The names after `--<option>`, or undefined when it is not given; throws on a name that is not `known`. */
export function chooseNames(
  option: string,
  known: readonly string[],
  argv: readonly string[],
): string[] | undefined {
  const { values } = parseArgs({ args: [...argv], options: { [option]: { type: 'string', multiple: true } } })
  const given = values[option]
  if (!Array.isArray(given)) return undefined
  const names = given.flatMap((value) => value.split(','))
  const wrong = names.find((name) => !known.includes(name))
  if (wrong !== undefined) throw new Error(`--${option} knows ${known.join(', ')}; got ${wrong}`)
  return names
}
