// The step that makes node_modules match package-lock.json.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { findNode, noNodeMessage } from '../find-node.mjs'
import { root } from '../places.mjs'
import { runCommand } from '../run-command.mjs'

const lockFile = path.join(root, 'package-lock.json')
const installedFile = path.join(root, 'node_modules', '.package-lock.json')

/** @type {import('../step-runner.mjs').Step} */
export const npmPackages = {
  name: 'npm-packages',
  what: 'installing what package-lock.json names, Node itself included',
  required: true,
  help: 'npm must reach its registry (see `npm config get registry` and `npm ping`). Then run the command again.',
  inputs: () => readFileSync(lockFile, 'utf8'),
  present: () => existsSync(installedFile) && findNode(root) !== undefined,
  run: installPackages,
}

async function installPackages({ logFile, signal }) {
  if (!isComplete()) {
    const flags = ['--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund']
    await runCommand([...npmCommand(), 'ci', ...flags], { cwd: root, env: npmEnvironment(), logFile, signal })
  }
  if (!findNode(root)) throw new Error(noNodeMessage())
}

/** Someone may have run `npm ci` already: that is as good, and their folder stays. */
function isComplete() {
  if (!existsSync(installedFile) || !findNode(root)) return false
  return matchesLock(readJson(lockFile).packages, readJson(installedFile).packages)
}

/**
 * Whether all that `wanted` (packages of a lock file) requires is in `installed`, in the same version.
 * @param {Record<string, { version?: string, optional?: boolean, resolved?: string, link?: boolean }>} wanted
 * @param {Record<string, { version?: string }>} installed
 */
export function matchesLock(wanted, installed) {
  const below = Object.entries(wanted).filter(([place]) => place.includes('node_modules/'))
  return below.every(([place, { version, optional }]) => {
    const present = installed[place]
    return present ? present.version === version : optional === true
  })
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Under `npm run` that very npm, run by the Node that runs it: node_modules, and Node in it, is replaced. */
function npmCommand() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  if (script && path.basename(script) === 'npm-cli.js') return [node ?? process.execPath, script]
  return ['npm']
}

/** An account without a home has no place for npm's cache. */
function npmEnvironment() {
  try {
    accessSync(homedir(), constants.W_OK)
    return process.env
  } catch {
    return { npm_config_cache: path.join(root, '.cache', 'npm'), ...process.env }
  }
}
