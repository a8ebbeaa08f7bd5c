/** Runs one command line from its words to its exit code. */
import { CommanderError } from 'commander'
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
    return await reportFailure(world, error instanceof CommanderError ? asUsage(error, named) : error, format)
  }
}

function asUsage(error: CommanderError, named: readonly string[]): Error {
  const words = ['slipway', ...named.slice(0, 1), '--help'].join(' ')
  // A noun without a verb shows its help; then there is nothing more to say.
  const message = error.code === 'commander.help' ? 'a verb is missing' : error.message
  return usageError(message.replace(/^error: /, '').replaceAll('\n', ' '), `See: ${words}`)
}
