/** Values of flags that may be given as `@FILE`. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Action } from './action.ts'
import { usageError } from './failure.ts'

/** The value, or the bytes of the file that it names. Errors: usage, where the file cannot be read. */
export async function readGiven(
  { world }: Pick<Action, 'world'>,
  { flag, value }: { flag: string; value: string },
): Promise<string | Uint8Array<ArrayBuffer>> {
  if (!value.startsWith('@')) return value
  const file = path.resolve(world.workingFolder, value.slice(1))
  try {
    return new Uint8Array(await readFile(file))
  } catch (error) {
    throw usageError(`${flag} ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  }
}

/** As `readGiven`, of a file that holds text. */
export async function readGivenText(
  action: Pick<Action, 'world'>,
  given: { flag: string; value: string },
): Promise<string> {
  const read = await readGiven(action, given)
  return typeof read === 'string' ? read : new TextDecoder().decode(read)
}
