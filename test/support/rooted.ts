/** What only root can do to a machine for a test, and why it cannot be done here. */
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { runProgram } from './run-program.ts'

/** Arguments that start a program for which the permissions of files hold, also where root runs the test. */
export async function obeyingPermissions(): Promise<readonly string[] | { skipped: string }> {
  if (process.getuid?.() !== 0) return []
  const prefix = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search']
  return (await succeeds([...prefix, 'true']))
    ? prefix
    : { skipped: 'root may read every file, and setpriv cannot take that from it' }
}

export interface SmallDisk {
  unmount(): Promise<void>
}

/** A file system of this size in memory, mounted at a new folder. */
export async function mountSmallDisk(
  folder: string,
  sizeBytes: number,
): Promise<SmallDisk | { skipped: string }> {
  await mkdir(folder, { recursive: true })
  const options = `size=${sizeBytes},mode=700`
  if (!(await succeeds(['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder]))) {
    return { skipped: 'a small disk cannot be mounted by this user' }
  }
  return { unmount: async () => void (await succeeds(['umount', folder])) }
}

async function succeeds(command: readonly string[]): Promise<boolean> {
  const options = { cwd: tmpdir(), env: process.env, deadlineMs: 10_000 }
  return await runProgram(command, options).then(
    ({ code }) => code === 0,
    () => false,
  )
}
