/** `slipway service`: the verbs of services. */
import { Argument, type Command } from 'commander'
import type { Act } from '../action.ts'
import type { Define } from '../noun.ts'
import { addYes } from '../confirm.ts'
import { addImageFlags } from '../create-image.ts'
import { addFlags } from '../flags/field-flags.ts'
import { addListFlags } from '../flags/list-flags.ts'
import { deploy } from '../service/deploy.ts'
import {
  changeFlags,
  deployFlags,
  listFilters,
  logFlags,
  settingsFlags,
  updateFlags,
} from '../service/flags.ts'
import { keyFlags, keys } from '../service/keys.ts'
import { list, logs, show } from '../service/read.ts'
import { scoreService } from '../service/score.ts'
import { remove, rollback, update } from '../service/update.ts'

export const defineService: Define = (command, act) => {
  defineDeploy(command, act)
  addListFlags(command.command('list'), listFilters).description('List services.').action(act(list))
  named(command, 'show').description('Show a service.').action(act(show))
  defineUse(command, act)
  const updating = addFlags(named(command, 'update'), [...updateFlags, ...changeFlags])
  noWait(updating)
    .description('Change image, settings, tags or description; new replicas are ready before traffic moves.')
    .action(act(update))
  noWait(named(command, 'rollback'))
    .description('Go back to the image and settings served before.')
    .action(act(rollback))
  noWait(addYes(named(command, 'delete')))
    .description('Drain and delete a service; its image and models stay.')
    .action(act(remove))
}

function defineDeploy(command: Command, act: Act): void {
  const deploying = addFlags(named(command, 'deploy'), [...deployFlags, ...settingsFlags])
  noWait(addImageFlags(deploying))
    .description('Create a service out of an image, or out of a script that is made into an image first.')
    .action(act(deploy))
}

function defineUse(command: Command, act: Act): void {
  named(command, 'score')
    .description('Send one request to a service, with its key, and print the reply.')
    .option('--data <data>', 'Body: JSON, @FILE, or - for the standard input.')
    .option('--content-type <type>', 'Type of the body (default: application/json).')
    .action(act(scoreService))
  addFlags(named(command, 'logs'), logFlags)
    .description('Print what the replicas wrote.')
    .option('--follow', 'Go on as they write more.')
    .action(act(logs))
  addFlags(named(command, 'keys'), keyFlags)
    .description('Print the two keys, or replace one: keys NAME regenerate primary')
    .argument('[regenerate]', 'Replace a key.')
    .addArgument(new Argument('[key]', 'Which key to replace.').choices(['primary', 'secondary']))
    .action(act(keys))
}

function named(command: Command, verb: string): Command {
  return command.command(verb).argument('<name>', 'Name of the service.')
}

function noWait(command: Command): Command {
  return command.option('--no-wait', 'Return at once, with the operation.')
}
