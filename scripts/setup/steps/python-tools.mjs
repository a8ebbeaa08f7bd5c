// The steps that make the Python tools folder: an environment, uv in it, and for tests the test tools.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPython } from '../find-python.mjs'
import { pythonToolsDir, root, toolsDir, venvProgram } from '../places.mjs'
import { CommandError, runCommand } from '../run-command.mjs'

const uvPins = fileURLToPath(new URL('../uv.txt', import.meta.url))
const testPins = fileURLToPath(new URL('../test-tools.txt', import.meta.url))
const testPrograms = ['mypy', 'pytest', 'ruff', 'schemathesis', 'picklescan', 'openapi-spec-validator']
const program = (name) => venvProgram(pythonToolsDir, name)
const indexHelp =
  'It takes Python 3.9 or newer with venv or pip, and the package index that pip is configured for. Then run the command again.'

/** @type {import('../step-runner.mjs').Step} */
export const uv = {
  name: 'uv',
  what: 'installing uv, which builds the environments of images',
  required: true,
  help: indexHelp,
  // The programs of an environment contain its path: a moved checkout makes a new one.
  inputs: () => [readFileSync(uvPins, 'utf8'), root],
  present: () => existsSync(program('uv')) && existsSync(program('python')),
  run: installUv,
}

/** @type {import('../step-runner.mjs').Step} */
export const pythonTestTools = {
  name: 'python-test-tools',
  what: 'installing ruff, mypy, pytest and the programs that test the API and the pickle scanner',
  required: true,
  help: indexHelp,
  after: ['uv'],
  inputs: () => [readFileSync(testPins, 'utf8'), root],
  present: () => testPrograms.every((name) => existsSync(program(name))),
  run: installTestTools,
}

async function installUv(context) {
  if (await isWorking(context)) {
    await runCommand([program('python'), '-m', 'pip', ...pipFlags, '-r', uvPins], context)
    return
  }
  rmSync(pythonToolsDir, { recursive: true, force: true })
  const python = await findPython(context.signal)
  await (python.venv ? makeWithVenv(python, context) : makeWithUv(python, context))
}

const pipFlags = ['install', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:']

/** Whether the folder holds an environment of this very place, able to install. */
async function isWorking(context) {
  if (!existsSync(program('python'))) return false
  const script = 'import pip, sys; print(sys.prefix)'
  try {
    const output = await runCommand([program('python'), '-c', script], context)
    return output.trim() === pythonToolsDir && isMadeHere()
  } catch (error) {
    if (error instanceof CommandError) return false
    throw error
  }
}

/** A moved environment starts, but its programs still name the old place. */
function isMadeHere() {
  const activate = venvProgram(pythonToolsDir, 'activate')
  return existsSync(activate) && readFileSync(activate, 'utf8').includes(pythonToolsDir)
}

async function makeWithVenv(python, context) {
  await runCommand([python.executable, '-m', 'venv', pythonToolsDir], context)
  await runCommand([program('python'), '-m', 'pip', ...pipFlags, '-r', uvPins], context)
}

/** Debian splits venv off its Python: there, pip puts uv into a folder and uv makes the environment. */
async function makeWithUv(python, context) {
  const bootstrap = path.join(toolsDir, 'bootstrap')
  rmSync(bootstrap, { recursive: true, force: true })
  try {
    const target = ['--target', bootstrap, '-r', uvPins]
    await runCommand([python.executable, '-m', 'pip', ...pipFlags, ...target], context)
    const options = { ...context, env: uvEnvironment() }
    const first = path.join(bootstrap, 'bin', 'uv')
    await runCommand([first, 'venv', '--seed', '--python', python.executable, pythonToolsDir], options)
    await runCommand([first, 'pip', 'install', '--python', program('python'), '-r', uvPins], options)
  } finally {
    rmSync(bootstrap, { recursive: true, force: true })
  }
}

/** uv is many times faster, but does not read pip's configuration files: where it fails, pip may succeed. */
async function installTestTools(context) {
  const install = ['pip', 'install', '--python', program('python'), '-r', testPins]
  try {
    await runCommand([program('uv'), ...install], { ...context, env: uvEnvironment() })
  } catch (error) {
    if (context.signal.aborted || !(error instanceof CommandError)) throw error
    await runCommand([program('python'), '-m', 'pip', ...pipFlags, '-r', testPins], context)
  }
}

/** pip's settings under uv's names, and a cache on the file system of the folder, so that files are linked. */
function uvEnvironment() {
  const { PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_CERT } = process.env
  const wishes = {
    UV_CACHE_DIR: path.join(root, '.cache', 'uv'),
    UV_DEFAULT_INDEX: PIP_INDEX_URL,
    UV_INDEX: PIP_EXTRA_INDEX_URL,
    SSL_CERT_FILE: PIP_CERT,
  }
  const known = Object.entries(wishes).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(known), ...process.env }
}
