// Hands over to the project's Node: same terminal, same signals, same exit code.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { findNode, noNodeMessage } from './find-node.mjs'
import { root } from './places.mjs'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a script of the project; resolves when it has ended and this process has its exit code.
 * @param {string} script path of the script, from the folder of the checkout
 * @param {string[]} args
 * @returns {Promise<void>}
 */
export async function launch(script, args) {
  const node = findNode(root)
  if (!node) throw new Error(noNodeMessage())
  const bin = path.join(root, 'node_modules', '.bin')
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(path.delimiter) }
  const command = ['--disable-warning=ExperimentalWarning', path.join(root, script), ...args]
  const child = spawn(node, command, { stdio: 'inherit', env })
  const stopForwarding = forwardSignals(child)
  const { code, signal } = await ended(child)
  stopForwarding()
  if (signal) process.kill(process.pid, signal)
  else process.exitCode = code
}

/** A terminal sends Ctrl-C to both of us: sent on as well, the job would take it for a second one. */
function forwardSignals(child) {
  const forward = (signal) => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    child.kill(signal)
  }
  for (const signal of signals) process.on(signal, forward)
  return () => {
    for (const signal of signals) process.off(signal, forward)
  }
}

/** @returns {Promise<{ code: number, signal: NodeJS.Signals | null }>} */
function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code: code ?? 1, signal }))
  })
}
