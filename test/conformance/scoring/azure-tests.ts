/**
 * Runs the black-box tests of Azure's own server, unchanged, against ours: `node azure-tests.ts <checkout>`, where the
 * checkout is one of microsoft/azureml-inference-server. Its tests end whatever listens on their port, so they run in
 * namespaces of their own. Exit code 0: exactly those fail that are listed here, with the reason.
 */
import { spawn } from 'node:child_process'
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { projectDir } from '../../support/stage.ts'

const noInsights =
  'Application Insights is not part of Slipway: the server says so instead of starting its client'

const expectedFailures: Readonly<Record<string, string>> = {
  test_server_version_header: 'the header names Slipway, not the version of Azure’s server',
  test_load_config_from_file: noInsights,
  test_log_configurability: noInsights,
  test_app_insights_cli_ok: noInsights,
  test_app_insights_cli_env_var: noInsights,
  test_cors_enabled_without_package: 'CORS needs no package that could be missing',
}

/** What the tests and their scripts import; pip is there for a test that removes a package with it. */
const packages = ['numpy==2.4.6', 'pip==26.3', 'psutil==7.2.2', 'pytest==9.2.0', 'requests==2.34.2']

const tests = path.join('tests', 'azmlinfsrv')

async function main(checkout: string): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'azure-tests-'))
  try {
    const environment = path.join(folder, 'environment')
    await cp(checkout, path.join(folder, 'checkout'), { recursive: true })
    await installTools(environment)
    const programs = await writeCommand(folder)
    const report = path.join(folder, 'report.xml')
    await runTests({ folder, environment, programs, report })
    return judge(await readFile(report, 'utf8'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function installTools(environment: string): Promise<void> {
  const uv = path.join(projectDir, '.cache', 'tools', 'python', 'bin', 'uv')
  await run([uv, 'venv', '--quiet', environment])
  await run([uv, 'pip', 'install', '--quiet', '--python', environment, ...packages])
}

/** `azmlinfsrv`, as the tests call the server. */
async function writeCommand(folder: string): Promise<string> {
  const command = path.join(folder, 'azmlinfsrv')
  await writeFile(command, `#!/bin/sh\nexec '${projectDir}/bin/slipway' score-server "$@"\n`)
  await chmod(command, 0o755)
  return folder
}

interface TestRun {
  folder: string
  environment: string
  programs: string
  report: string
}

async function runTests({ folder, environment, programs, report }: TestRun): Promise<void> {
  const pytest = [
    path.join(environment, 'bin', 'python'),
    '-m',
    'pytest',
    '-q',
    '--tb=line',
    `--junit-xml=${report}`,
  ]
  const alone = ['unshare', '--map-root-user', '--net', '--pid', '--fork', '--mount-proc']
  const PATH = [programs, path.join(environment, 'bin'), process.env['PATH']].join(path.delimiter)
  const command = [...alone, 'sh', '-c', 'ip link set lo up && exec "$@"', 'tests', ...pytest, '.']
  const options = {
    cwd: path.join(folder, 'checkout', tests),
    env: { ...process.env, PATH, TMPDIR: folder },
    mayFail: true,
  }
  await run(command, options)
}

function judge(xml: string): number {
  const cases = [...xml.matchAll(/<testcase [^>]*? name="([^"]+)"[^>]*?(\/>|>([\s\S]*?)<\/testcase>)/g)]
  const failed = cases
    .filter(([, , , inside = '']) => /<(failure|error)/.test(inside))
    .map(([, name = '']) => name)
  for (const name of failed) say(`failed: ${name}: ${expectedFailures[name] ?? 'NOT EXPECTED'}`)
  const unexpected = failed.filter((name) => !Object.hasOwn(expectedFailures, name))
  const passedAfterAll = Object.keys(expectedFailures).filter((name) => !failed.includes(name))
  for (const name of passedAfterAll) say(`passed, and is listed as failing: ${name}`)
  say(`${cases.length - failed.length} of ${cases.length} passed`)
  return cases.length > 0 && unexpected.length + passedAfterAll.length === 0 ? 0 : 1
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

interface RunOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Its exit code is not looked at. */
  mayFail?: boolean
}

async function run(command: readonly string[], { mayFail, ...options }: RunOptions = {}): Promise<void> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0 && mayFail !== true) throw new Error(`${program} ended with ${code}`)
}

const [checkout] = process.argv.slice(2)
if (checkout === undefined)
  throw new Error('give the path of a checkout of microsoft/azureml-inference-server')
process.exitCode = await main(checkout)
