// Says where the set-up keeps what it makes, and finds programs on PATH.
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '')

/** Records of finished and skipped steps, and their logs. */
export const setupDir = path.join(root, '.cache', 'setup')

/** Programs that the project brings along: a Python tools folder, an S3 server. */
export const toolsDir = path.join(root, '.cache', 'tools')

/** The Python folder that holds uv and, for tests, the test tools. */
export const pythonToolsDir = path.join(toolsDir, 'python')

/** Where the environment in `dir` (made by venv or uv) keeps the program `name`. */
export function venvProgram(dir, name, platform = process.platform) {
  return platform === 'win32' ? path.join(dir, 'Scripts', `${name}.exe`) : path.join(dir, 'bin', name)
}

/**
 * The first file called `name` on `searchPath` that this user may run.
 * @returns {string | undefined}
 */
export function findProgram(name, searchPath = process.env.PATH ?? '') {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name]
  return searchPath
    .split(path.delimiter)
    .filter((dir) => dir !== '')
    .flatMap((dir) => names.map((each) => path.join(dir, each)))
    .find(isRunnable)
}

function isRunnable(file) {
  if (!existsSync(file) || !statSync(file).isFile()) return false
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
