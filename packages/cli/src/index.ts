/** What the reference pages are generated from: the command tree and the exit codes. */
export { exitCodes, outcomeOf, type Outcome } from './exit-codes.ts'
export { createProgram } from './program.ts'
export { run } from './run.ts'
export type { Sink, World } from './world.ts'
