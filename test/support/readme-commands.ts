/** Reads what an example's README tells people to type, and what they are to see. */
import { readFile } from 'node:fs/promises'

export interface Readme {
  /** Commands of the first block, one a line, continued lines joined. */
  commands: string[]
  /** The reply that the text promises; undefined where it promises none. */
  reply: string | undefined
}

/** Errors: the file holds no block of commands. */
export async function readReadme(file: string): Promise<Readme> {
  const text = await readFile(file, 'utf8')
  const [, block] = /```sh\n([\s\S]*?)```/.exec(text) ?? []
  if (block === undefined) throw new Error(`${file} holds no block of commands`)
  const commands = block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
  return { commands, reply: /^The reply is `(.+?)`/m.exec(text)?.[1] }
}
