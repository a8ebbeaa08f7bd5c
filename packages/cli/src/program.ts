/** Builds the command tree: all nouns by name, and those asked for with everything below them. */
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { createAct } from './action.ts'
import { nouns } from './catalogue.ts'
import type { Noun } from './noun.ts'
import type { World } from './world.ts'

/** Flags that stand anywhere on the command line. */
const globalFlags: readonly Option[] = [
  new Option('--url <url>', 'Address of the server; the one of this machine unless given (SLIPWAY_URL).'),
  new Option('--token <token>', 'Token for the server; the local server’s own unless given (SLIPWAY_TOKEN).'),
  new Option('--workspace <name>', 'Workspace to work in (SLIPWAY_WORKSPACE; default: default).'),
  new Option('--output <format>', 'Form of the result.').choices(['text', 'json']).default('text'),
  new Option('--verbose', 'Show what happens meanwhile, such as the log of a build.'),
]

/** The tree with the nouns in `wanted` defined, or with all of them. Nothing is written to the process’s own streams. */
export async function createProgram(world: World, wanted: readonly string[] | 'all'): Promise<Command> {
  const program = configure(new Command('slipway'), world)
  program
    .description('Deploys machine-learning models: from a trained model to a scored request.')
    .usage('<noun> <verb> [arguments] [flags]')
    .version(readVersion(), '--version', 'Print the version.')
    .helpCommand('help [noun]', 'Show what a noun can do.')
  for (const flag of globalFlags) program.addOption(flag)
  const act = createAct(world)
  const isWanted = ({ name }: Noun) => wanted === 'all' || wanted.includes(name)
  const wantsAll = nouns.some((noun) => noun.needsAllNouns && isWanted(noun))
  for (const noun of nouns) {
    const command = addNoun(program, noun, world)
    if (wantsAll || isWanted(noun)) (await noun.load())(command, act)
  }
  return program
}

function addNoun(program: Command, { name, summary }: Noun, world: World): Command {
  return configure(program.command(name), world).summary(summary).description(summary).helpCommand(false)
}

/** Subcommands take these settings over from their parents. */
function configure(command: Command, { stdout, stderr }: World): Command {
  return command
    .exitOverride()
    .helpOption('-h, --help', 'Show this help.')
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: globalsOf })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => (stdout.isTerminal ? stdout.columns : 110),
      getErrHelpWidth: () => (stderr.isTerminal ? stderr.columns : 110),
      // Errors are thrown and reported in one place, see run.ts.
      outputError: () => undefined,
    })
}

function globalsOf(command: Command): Option[] {
  return command.parent === null ? [] : [...globalFlags]
}

function readVersion(): string {
  const file = new URL('../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}
