/** The page of the command line: every noun and verb with its arguments and flags, and the exit codes. */
import { errorCodes, type ErrorCode } from '@slipway/contract'
import { exitCodes, outcomeOf } from '../../packages/cli/src/exit-codes.ts'
import { createProgram } from '../../packages/cli/src/program.ts'
import { blocks, code, oneOf, table } from './markdown.ts'

type Command = Awaited<ReturnType<typeof createProgram>>
type Flag = Command['options'][number]

export async function cliPage(): Promise<string> {
  const program = await createProgram(nobody, 'all')
  return blocks(
    '# Command line',
    introduction,
    flagTable(program.options),
    ...program.commands.map(nounSection),
    '## Exit codes',
    exitCodeTable(),
  )
}

const introduction = blocks(
  '`slipway <noun> <verb> [arguments] [flags]`. `slipway <noun> --help` shows the same as this page. Results go to standard output, as text or with `--output json` as JSON; progress and failures go to standard error.',
  'These flags stand anywhere on the command line:',
)

function nounSection(noun: Command): string {
  const sections = noun.commands.map((verb) => commandSection(`### ${noun.name()} ${verb.name()}`, verb))
  return blocks(commandSection(`## ${noun.name()}`, noun), ...sections)
}

function commandSection(heading: string, command: Command): string {
  const isLeaf = command.commands.length === 0
  return blocks(
    heading,
    isLeaf ? code(usageOf(command)) : '',
    command.description(),
    command.name() === 'serve' ? 'Every flag with its default: [settings](config.md).' : '',
    argumentTable(command),
    flagTable(command.options),
  )
}

function usageOf(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '…' : ''}`
    return argument.required ? `<${name}>` : `[${name}]`
  })
  const flags = command.options.length > 0 ? ['[flags]'] : []
  return [...pathOf(command), ...words, ...flags].join(' ')
}

function pathOf(command: Command): string[] {
  return [...(command.parent ? pathOf(command.parent) : []), command.name()]
}

function argumentTable(command: Command): string {
  const rows = command.registeredArguments.map((argument) => [
    code(argument.required ? `<${argument.name()}>` : `[${argument.name()}]`),
    withChoices(argument.description, argument.argChoices),
  ])
  return table(['argument', 'meaning'], rows)
}

function flagTable(flags: readonly Flag[]): string {
  const rows = flags.filter(({ hidden }) => !hidden).map((flag) => [code(flag.flags), flagText(flag)])
  return table(['flag', 'meaning'], rows)
}

function flagText({ description, argChoices, defaultValue }: Flag): string {
  const fallback = defaultValue === undefined ? '' : ` Default: ${code(String(defaultValue))}.`
  return `${withChoices(description, argChoices)}${fallback}`
}

function withChoices(text: string, choices: readonly string[] | undefined): string {
  return choices ? `${text} ${oneOf(choices)}.` : text
}

function exitCodeTable(): string {
  const codes = Object.keys(errorCodes) as ErrorCode[]
  const rows = Object.entries(exitCodes).map(([outcome, { status, meaning }]) => {
    const errors = codes.filter((name) => outcomeOf(name) === outcome)
    const links = errors.map((name) => `[${code(name)}](errors.md#${name})`)
    return [String(status), meaning, links.join(', ')]
  })
  return table(['exit code', 'meaning', 'errors of the API'], rows)
}

/** The command tree is only looked at: it writes nothing and asks nobody. */
const nobody: Parameters<typeof createProgram>[0] = {
  argv: [],
  env: {},
  workingFolder: '/',
  homeFolder: '/',
  nodeVersion: '',
  stdout: { write: () => true, isTerminal: false, columns: 80 },
  stderr: { write: () => true, isTerminal: false, columns: 80 },
  stdinIsTerminal: false,
  ask: async () => false,
  readStdin: async () => new Uint8Array(),
  isAlive: () => false,
  signal: new AbortController().signal,
  now: () => 0,
}
