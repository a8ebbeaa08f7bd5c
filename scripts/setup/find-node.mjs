// Finds the Node that runs the project: the one it brings along, or the running one when that is new enough.
import { existsSync } from 'node:fs'
import path from 'node:path'

/** TypeScript runs as it is from this major version on. */
export const requiredMajor = 24

/** @typedef {{ platform: string, arch: string, version: string, execPath: string }} Running */

/**
 * Path of a Node that runs TypeScript, or undefined when this machine has none yet.
 * @param {string} root
 * @param {Running} [running]
 * @returns {string | undefined}
 */
export function findNode(root, running = process) {
  const bundled = bundledNode(root, running)
  if (existsSync(bundled)) return bundled
  return Number.parseInt(running.version.slice(1), 10) >= requiredMajor ? running.execPath : undefined
}

/**
 * The sentence for a machine on which `findNode` finds nothing.
 * @param {Running} [running]
 */
export function noNodeMessage(running = process) {
  const machine = `${running.platform}-${running.arch}`
  return `Slipway needs Node ${requiredMajor} or newer: this is ${running.version}, and npm has no Node of ours for ${machine}. Install Node ${requiredMajor} and run the command again.`
}

function bundledNode(root, { platform, arch }) {
  const home = path.join(
    root,
    'node_modules',
    `node-${platform === 'win32' ? 'win' : platform}-${arch}`,
    'bin',
  )
  return path.join(home, platform === 'win32' ? 'node.exe' : 'node')
}
