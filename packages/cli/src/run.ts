/** Runs one command line from its words to its exit code. */
import { type Command, CommanderError } from 'commander'
import { nouns } from './catalogue.ts'
import { exitCodes } from './exit-codes.ts'
import { usageError } from './failure.ts'
import { reportFailure } from './output/failure-report.ts'
import { createProgram } from './program.ts'
import type { World } from './world.ts'

/** The exit code, once everything has been written. Never rejects for what a user can cause. */
export async function run(world: World): Promise<number> {
  const named = nouns.map(({ name }) => name).filter((name) => world.argv.includes(name))
  const program = await createProgram(world, named)
  try {
    if (world.argv.length === 0) program.outputHelp()
    else await program.parseAsync(world.argv, { from: 'user' })
    return exitCodes.done.status
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done.status
    const format = world.argv.join(' ').match(/--output[= ]json\b/) ? 'json' : 'text'
    const words = commandWords(program, world.argv)
    return await reportFailure(world, error instanceof CommanderError ? asUsage(error, words) : error, format)
  }
}

/** The words that name a command: `service`, `update` of `--verbose service update fraud --imag x`. */
function commandWords(program: Command, argv: readonly string[]): string[] {
  const isNoun = (word: string) => program.commands.some((command) => command.name() === word)
  const start = argv.findIndex(isNoun)
  const words: string[] = []
  let command: Command | undefined = program
  for (const word of start < 0 ? [] : argv.slice(start)) {
    command = command.commands.find((below) => below.name() === word)
    if (!command) break
    words.push(word)
  }
  return words
}

function asUsage(error: CommanderError, words: readonly string[]): Error {
  // A noun without a verb shows its help; then there is nothing more to say.
  const message = error.code === 'commander.help' ? 'a verb is missing' : error.message
  return usageError(
    message.replace(/^error: /, '').replaceAll('\n', ' '),
    `See: ${['slipway', ...words, '--help'].join(' ')}`,
  )
}
