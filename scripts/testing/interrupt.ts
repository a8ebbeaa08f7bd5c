// Turns Ctrl-C and SIGTERM into an AbortSignal for the scripts that run checks and tests.

/** Aborted by the first SIGINT or SIGTERM; what runs is ended, and the script stops. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  const stop = (signal: NodeJS.Signals): void => controller.abort(new Error(`stopped by ${signal}`))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  return controller.signal
}
