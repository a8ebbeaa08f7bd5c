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
  newVersionFlags,
  settingsFlags,
  updateFlags,
  versionChangeFlags,
  versionSettingsFlags,
  versionUpdateFlags,
} from '../service/flags.ts'
import { keyFlags, keys } from '../service/keys.ts'
import { list, logs, show } from '../service/read.ts'
import { scoreService } from '../service/score.ts'
import { token } from '../service/token.ts'
import { remove, rollback, update } from '../service/update.ts'
import {
  createVersion,
  listVersions,
  removeVersion,
  rollbackVersion,
  updateVersion,
} from '../service/versions.ts'

export const defineService: Define = (command, act) => {
  defineDeploy(command, act)
  addListFlags(command.command('list'), listFilters).description('List services.').action(act(list))
  named(command, 'show').description('Show a service.').action(act(show))
  defineUse(command, act)
  const updating = addFlags(named(command, 'update'), [...updateFlags, ...changeFlags])
  noWait(updating)
    .description(
      'Change the default version, tags or description; new replicas are ready before traffic moves.',
    )
    .action(act(update))
  noWait(named(command, 'rollback'))
    .description('Go back to the image and settings that the default version served before.')
    .action(act(rollback))
  defineVersions(command, act)
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
    .description('Send one request to a service, with what it asks for, and print the reply.')
    .option('--data <data>', 'Body: JSON, @FILE, or - for the standard input.')
    .option('--content-type <type>', 'Type of the body (default: application/json).')
    .option('--pin <version>', 'Version that is to answer; by the shares of the traffic unless given.')
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
  named(command, 'token')
    .description('Print a token for callers, of a service that asks for tokens.')
    .option('--revoke', 'Revoke all tokens that were issued before.')
    .action(act(token))
}

function defineVersions(command: Command, act: Act): void {
  const versions = command
    .command('version')
    .description('Add, change and delete versions of a service, and share the traffic among them.')
    .helpCommand(false)
  const creating = addFlags(version(versions, 'create'), [...newVersionFlags, ...versionSettingsFlags])
  noWait(creating)
    .description('Add a version to a service; it gets its share of the traffic once it is ready.')
    .action(act(createVersion))
  named(versions, 'list').description('List the versions of a service.').action(act(listVersions))
  const updating = addFlags(version(versions, 'update'), [...versionUpdateFlags, ...versionChangeFlags])
  noWait(updating)
    .description('Change the image, the settings or the share of a version, or make it the default.')
    .action(act(updateVersion))
  noWait(version(versions, 'rollback'))
    .description('Go back to the image and settings that a version served before.')
    .action(act(rollbackVersion))
  noWait(addYes(version(versions, 'delete')))
    .description('Drain and delete a version; deleting the last one deletes the service.')
    .action(act(removeVersion))
}

function version(command: Command, verb: string): Command {
  return named(command, verb).argument('<version>', 'Name of the version.')
}

function named(command: Command, verb: string): Command {
  return command.command(verb).argument('<name>', 'Name of the service.')
}

function noWait(command: Command): Command {
  return command.option('--no-wait', 'Return at once, with the operation.')
}
