/** Python environments of the peers, each made once by uv in the cache of the checkout. */
import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { findInterpreters } from '../../../packages/server/src/environments/interpreters.ts'
import { choosePython } from '../../../packages/server/src/environments/python-version.ts'
import { runProgram } from '../../../scripts/quickstart/run-program.ts'
import { peerPackages, type PackageSet, pythonSeries } from './packages.ts'

export const projectDir = path.resolve(import.meta.dirname, '../../..')
const benchDir = path.join(projectDir, '.cache', 'bench')
const uv = path.join(projectDir, '.cache', 'tools', 'python', 'bin', 'uv')

/** The Python that all servers of the comparison run on. Errors: the machine has none of that series. */
export async function benchPython(): Promise<string> {
  const cacheFile = path.join(benchDir, 'interpreters.json')
  await mkdir(benchDir, { recursive: true })
  const found = await findInterpreters({ env: process.env, cacheFile }, AbortSignal.timeout(30_000))
  return choosePython(found, { constraint: `==${pythonSeries}.*`, strict: true }).python.path
}

/** The folder of programs of an environment with these packages; installs what is not there yet. */
export async function environmentOf(name: PackageSet): Promise<string> {
  const folder = path.join(benchDir, name)
  const packages = peerPackages[name]
  const stamp = path.join(folder, `${packages.join(' ').replaceAll('/', '-')}.ready`)
  const bin = path.join(folder, 'bin')
  const isThere = await access(stamp).then(
    () => true,
    () => false,
  )
  if (isThere) return bin
  process.stderr.write(`installing ${packages.join(' ')}\n`)
  await rm(folder, { recursive: true, force: true })
  const env = { ...process.env, UV_CACHE_DIR: path.join(projectDir, '.cache', 'uv') }
  const run = async (args: string[]) => await runProgram({ command: uv, args, env })
  await run(['venv', '--python', await benchPython(), folder])
  const python = path.join(bin, 'python')
  await run(['pip', 'install', '--compile-bytecode', '--python', python, ...packages])
  await writeFile(stamp, '')
  return bin
}
