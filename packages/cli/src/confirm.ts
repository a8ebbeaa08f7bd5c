/** Asks before something is lost, where somebody is there to answer. */
import type { Command } from 'commander'
import type { Action } from './action.ts'
import { CommandFailure } from './failure.ts'

/** Adds the flag that answers before the question is asked. */
export function addYes(command: Command): Command {
  return command.option('--yes', 'Do not ask; nobody is asked either where this is no terminal.')
}

/** Goes on when the answer is yes, when --yes was given, or when nobody can be asked. Errors: failed, if no. */
export async function confirmLoss(action: Action, question: string): Promise<void> {
  const { stdinIsTerminal, stderr, ask } = action.world
  if (action.options['yes'] === true || !stdinIsTerminal || !stderr.isTerminal) return
  if (!(await ask(question))) throw new CommandFailure('nothing was deleted')
}
