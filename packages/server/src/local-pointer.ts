/** Tells the command line where the server of this machine is. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

export interface LocalPointer {
  url: string
  scoringUrl: string
  dataFolder: string
  /** File that holds a token. */
  tokenFile: string
  pid: number
}

const fileName = 'local.json'

/** The server that started last is the one that is found. */
export async function writeLocalPointer(home: string, pointer: LocalPointer): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const target = path.join(home, fileName)
  const aside = `${target}.${pointer.pid}`
  await writeFile(aside, `${JSON.stringify(pointer, undefined, 2)}\n`, { mode: 0o600 })
  await rename(aside, target)
}

/** Removes the pointer, unless another server has started since. */
export async function removeLocalPointer(home: string, pid: number): Promise<void> {
  const target = path.join(home, fileName)
  const text = await readFile(target, 'utf8').catch(() => '')
  if (ownerIn(text) === pid) await rm(target, { force: true })
}

/** Undefined for what no server of ours wrote. */
function ownerIn(text: string): unknown {
  try {
    return (JSON.parse(text) as Partial<LocalPointer> | null)?.pid
  } catch {
    return undefined
  }
}
