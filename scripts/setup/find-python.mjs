// Finds a Python that can hold the project's Python tools.
import { CommandError, runCommand } from './run-command.mjs'
import { findProgram } from './places.mjs'

const oldestMinor = 9

const candidates = ['python3', ...[13, 12, 11, 10, 9].map((minor) => `python3.${minor}`), 'python']

const probe = [
  'import importlib.util, json, sys',
  'has = lambda name: importlib.util.find_spec(name) is not None',
  'print(json.dumps({"executable": sys.executable, "version": list(sys.version_info[:3]),',
  '  "venv": has("venv") and has("ensurepip"), "pip": has("pip")}))',
].join('\n')

/**
 * `venv`: can make environments by itself; `pip`: can install into a folder.
 * @typedef {{ executable: string, version: [number, number, number], venv: boolean, pip: boolean }} Python
 */

/**
 * The first usable Python on PATH; one that makes environments by itself goes before one that has only pip.
 * @param {AbortSignal} signal
 * @returns {Promise<Python>}
 * @throws {Error} with what was found and what to install
 */
export async function findPython(signal) {
  const found = []
  for (const name of candidates) {
    const python = findProgram(name) && (await ask(name, signal))
    if (python) found.push(python)
    if (python && isUsable(python) && python.venv) return python
  }
  return choosePython(found)
}

/**
 * Decides between the Pythons of a machine.
 * @param {Python[]} found in order of preference
 * @returns {Python}
 */
export function choosePython(found) {
  const usable = found.filter(isUsable)
  const choice = usable.find((python) => python.venv) ?? usable.find((python) => python.pip)
  if (choice) return choice
  const seen = found.map((python) => `${python.executable} is ${python.version.join('.')}`).join(', ')
  if (usable.length > 0)
    throw new Error(`${seen}, without venv and pip: install them (on Debian and Ubuntu: python3-venv)`)
  throw new Error(`Python 3.${oldestMinor} or newer is needed: ${seen || 'PATH has no python3'}`)
}

function isUsable({ version: [major, minor] }) {
  return major === 3 && minor >= oldestMinor
}

/** @returns {Promise<Python | undefined>} */
async function ask(name, signal) {
  try {
    const output = await runCommand([name, '-c', probe], { signal })
    return JSON.parse(output.trim().split('\n').at(-1) ?? '')
  } catch (error) {
    // A shim or an old Python that does not answer is no candidate; the next one is asked.
    if (error instanceof CommandError || error instanceof SyntaxError) return undefined
    throw error
  }
}
