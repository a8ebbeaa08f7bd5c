// The steps that need programs of the operating system: found, or installed where apt-get and root allow it.
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { findProgram } from '../places.mjs'
import { runCommand } from '../run-command.mjs'
import { Skip } from '../step-runner.mjs'

/** @type {import('../step-runner.mjs').Step} */
export const postgres = {
  name: 'postgresql',
  what: 'looking for the server programs of PostgreSQL, which the tests of the database start',
  required: false,
  inputs: () => [hasPostgres(), canInstall()],
  present: hasPostgres,
  run: (context) => provide('postgresql', hasPostgres, context),
}

/** @type {import('../step-runner.mjs').Step} */
export const loadGenerator = {
  name: 'wrk',
  what: 'looking for wrk, which loads the scoring port in benchmarks',
  required: false,
  after: ['postgresql'],
  inputs: () => [hasWrk(), canInstall()],
  present: hasWrk,
  run: (context) => provide('wrk', hasWrk, context),
}

function hasWrk() {
  return findProgram('wrk') !== undefined
}

/** Debian keeps the server's programs off PATH, one folder per major version. */
function hasPostgres() {
  const places = '/usr/lib/postgresql'
  const versions = existsSync(places) ? readdirSync(places) : []
  const dirs = versions.map((version) => path.join(places, version, 'bin'))
  const searchPath = [...dirs, process.env.PATH ?? ''].join(path.delimiter)
  return findProgram('initdb', searchPath) !== undefined && findProgram('postgres', searchPath) !== undefined
}

function canInstall() {
  return process.getuid?.() === 0 && findProgram('apt-get') !== undefined
}

async function provide(packageName, isThere, context) {
  if (isThere()) return
  if (!canInstall())
    throw new Skip(
      `${packageName} is not installed, and only root can install it (apt-get install ${packageName})`,
    )
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await runCommand(['apt-get', 'update'], { ...context, env })
  await withoutStartingServices(() =>
    runCommand(['apt-get', 'install', '-y', '--no-install-recommends', packageName], { ...context, env }),
  )
  if (!isThere()) throw new Skip(`apt-get installed ${packageName}, but its programs are not found`)
}

/** Tests want the programs, not a server that runs from now on: Debian asks this file before it starts one. */
async function withoutStartingServices(install) {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return install()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return await install()
  } finally {
    rmSync(policy, { force: true })
  }
}
