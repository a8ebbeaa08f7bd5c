/** What every command gets to work with. */
import type { Client } from '@slipway/sdk'
import type { Command } from 'commander'
import { CommandFailure } from './failure.ts'
import { Progress } from './output/progress.ts'
import { writeResult, type OutputFormat, type View } from './output/result.ts'
import type { World } from './world.ts'

export interface GlobalOptions {
  url?: string
  token?: string
  workspace?: string
  output: OutputFormat
  verbose?: boolean
}

export interface Action {
  world: World
  /** Arguments that are no flags; the command line was checked to have those that must be there. */
  args: readonly string[]
  options: Readonly<Record<string, unknown>>
  format: OutputFormat
  workspace: string
  verbose: boolean
  signal: AbortSignal
  progress: Progress
  connect(): Promise<Client>
  /** Takes the progress away and writes the result: `document` for programs, `view` for people. */
  show(document: unknown, view: View): void
}

export type Handler = (action: Action) => Promise<void>

/** Makes a function that commander can call out of a handler. */
export type Act = (handler: Handler) => (...parameters: unknown[]) => Promise<void>

export function createAct(world: World): Act {
  return (handler) =>
    async (...parameters) => {
      const action = createAction(world, parameters.at(-1) as Command)
      try {
        await handler(action)
      } finally {
        action.progress.end()
      }
    }
}

function createAction(world: World, command: Command): Action {
  const globals = command.optsWithGlobals<GlobalOptions>()
  const format = globals.output
  const progress = new Progress(world.stderr, world.now)
  return {
    world,
    args: command.args,
    options: command.opts(),
    format,
    workspace: globals.workspace ?? world.env['SLIPWAY_WORKSPACE'] ?? 'default',
    verbose: globals.verbose ?? false,
    signal: world.signal,
    progress,
    connect: async () => (await import('./connect.ts')).connect(world, globals),
    show: (document, view) => {
      progress.end()
      writeResult(world.stdout, { format, document, view })
    },
  }
}

/** The argument at `index`, which the command line declares as required. */
export function argument(action: Action, index: number): string {
  const value = action.args[index]
  if (value === undefined) throw new CommandFailure(`argument ${index + 1} is missing`, { outcome: 'usage' })
  return value
}
