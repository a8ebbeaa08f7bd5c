/** `slipway score-server` in the help; the program itself is started by bin/slipway, in its own process. */
import { usageError } from '../failure.ts'
import type { Define } from '../noun.ts'

export const defineScoreServer: Define = (command, act) => {
  command
    .option('--entry-script <file>', 'Python file that defines init() and run().')
    .option('--model-dir <folder>', 'What the script finds in AZUREML_MODEL_DIR.')
    .option('--port <number>', 'Port to serve on (default: 5001).')
    .option('--worker-count <number>', 'Processes that run the script (default: 1).')
    .option('--environment <file>', 'Install this environment, once, and run the script in it.')
    .option('--python <program>', 'Python to run the script with (default: the python3 on the PATH).')
    .option('--reload', 'Start anew whenever code beside the script changes.')
    .addHelpText('after', '\nAll flags: slipway score-server --help')
    .action(
      act(() =>
        Promise.reject(
          usageError('score-server comes first on the command line', 'Run: slipway score-server [flags]'),
        ),
      ),
    )
}
