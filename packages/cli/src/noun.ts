/** What the command line is made of: nouns, each of which defines its verbs when it is asked for. */
import type { Command } from 'commander'
import type { Act } from './action.ts'

/** Gives a noun its verbs, or an action of its own. */
export type Define = (command: Command, act: Act) => void

export interface Noun {
  name: string
  summary: string
  load(): Promise<Define>
  /** True where it works on the whole tree, and not only on its own part. */
  needsAllNouns?: boolean
}
