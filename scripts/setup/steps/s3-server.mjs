// The step that provides an S3 server for tests: versitygw, compiled with Go where there is Go.
import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { findProgram, root, toolsDir } from '../places.mjs'
import { runCommand } from '../run-command.mjs'
import { Skip } from '../step-runner.mjs'

const module = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0'
const product = path.join(toolsDir, 'versitygw')

/** @type {import('../step-runner.mjs').Step} */
export const s3Server = {
  name: 's3-server',
  what: 'looking for versitygw, the S3 server of the tests (compiling it takes about two minutes)',
  required: false,
  inputs: () => [module, isThere(), findProgram('go') !== undefined],
  present: isThere,
  run: compile,
}

function isThere() {
  return existsSync(product) || findProgram('versitygw') !== undefined
}

async function compile({ logFile, signal }) {
  if (isThere()) return
  const go = findProgram('go')
  if (!go) throw new Skip('there is no versitygw in .cache/tools or on PATH, and no Go to compile it with')
  const workDir = path.join(root, '.cache', 'go')
  const places = { GOBIN: toolsDir, GOPATH: workDir, GOCACHE: path.join(workDir, 'build') }
  try {
    // Modules are read-only unless told otherwise, and could not be removed.
    const env = { ...process.env, ...places, GOFLAGS: '-modcacherw' }
    await runCommand([go, 'install', module], { env, logFile, signal })
  } finally {
    rmSync(workDir, { recursive: true, force: true })
  }
}
