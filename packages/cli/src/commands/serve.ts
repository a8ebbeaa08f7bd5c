/** `slipway serve`: shown in help; the program itself is started by bin/slipway, in its own process. */
import type { Define } from '../noun.ts'
import { usageError } from '../failure.ts'

export const defineServe: Define = (command, act) => {
  command
    .option('--data <folder>', 'Folder that holds everything the server keeps.')
    .option('--host <address>', 'Address both ports listen on.')
    .option('--port <number>', 'Management port (default: 8800).')
    .option('--scoring-port <number>', 'Scoring port (default: 8801).')
    .option('--role <role>', 'What this process is: all, api,reconcile or gateway (default: all).')
    .addHelpText('after', '\nAll flags: slipway serve --help')
    .action(
      act(() =>
        Promise.reject(usageError('serve comes first on the command line', 'Run: slipway serve [flags]')),
      ),
    )
}
