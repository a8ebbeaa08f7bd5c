/** Finds the Pythons of a machine by asking each one once. */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { FoundPython } from './python-version.ts'
import { runTool, toolEnvironment } from './run-tool.ts'

export interface InterpreterOptions {
  /** PATH, HOME and PYENV_ROOT say where to look. */
  env: NodeJS.ProcessEnv
  /** Answers are kept here, by path, size and time of change. */
  cacheFile: string
}

/** Every CPython from 3.6 on, one per version and platform; released versions only. */
export async function findInterpreters(
  options: InterpreterOptions,
  signal: AbortSignal,
): Promise<FoundPython[]> {
  const candidates = await listCandidates(options.env)
  const known = await readCache(options.cacheFile)
  const answers: Answers = {}
  await Promise.all(
    candidates.map(async ({ key, file }) => {
      answers[key] = known[key] ?? (await ask(file, options.env, signal)) ?? 'unusable'
    }),
  )
  if (JSON.stringify(Object.keys(answers).sort()) !== JSON.stringify(Object.keys(known).sort()))
    await writeCache(options.cacheFile, answers)
  return distinct(candidates.flatMap(({ key }) => answers[key] ?? []))
}

type Answers = Record<string, FoundPython | 'unusable'>

interface Candidate {
  file: string
  /** Changes when the file does. */
  key: string
}

const interpreterName = /^python3(\.\d+)?$/
const question = `import json,os,platform,sys,sysconfig
soabi=sysconfig.get_config_var("SOABI") or ""
print(json.dumps([platform.python_implementation(),list(sys.version_info),os.path.realpath(sys.executable),
 soabi if "linux" in soabi else sys.implementation.cache_tag+"-"+sysconfig.get_platform()]))`

async function listCandidates(env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  const folders = await searchFolders(env)
  const files = await Promise.all(folders.map((folder) => interpretersIn(folder)))
  const found = new Map<string, Candidate>()
  for (const candidate of files.flat()) if (!found.has(candidate.file)) found.set(candidate.file, candidate)
  return [...found.values()]
}

/** pyenv's shims start whatever is selected at the moment: its versions are listed instead. */
async function searchFolders(env: NodeJS.ProcessEnv): Promise<string[]> {
  const home = env['HOME'] ?? env['USERPROFILE'] ?? ''
  const data = env['XDG_DATA_HOME'] ?? path.join(home, '.local', 'share')
  const versions = [
    path.join(env['PYENV_ROOT'] ?? path.join(home, '.pyenv'), 'versions'),
    env['UV_PYTHON_INSTALL_DIR'] ?? path.join(data, 'uv', 'python'),
  ]
  const onPath = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder))
  const managed = await Promise.all(versions.map(async (folder) => childrenOf(folder)))
  const all = [
    ...onPath,
    ...managed.flat().map((folder) => path.join(folder, 'bin')),
    '/usr/local/bin',
    '/usr/bin',
  ]
  return [...new Set(all)].filter((folder) => path.basename(folder) !== 'shims')
}

async function interpretersIn(folder: string): Promise<Candidate[]> {
  const files = (await childrenOf(folder)).filter((file) => interpreterName.test(path.basename(file)))
  const candidates = await Promise.all(files.map((file) => toCandidate(file)))
  return candidates.flatMap((candidate) => candidate ?? [])
}

async function toCandidate(link: string): Promise<Candidate | undefined> {
  try {
    const file = await realpath(link)
    const { mtimeMs, size } = await stat(file)
    return { file, key: `${file} ${size} ${mtimeMs}` }
  } catch {
    return undefined
  }
}

async function childrenOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => [])
  return names.sort().map((name) => path.join(folder, name))
}

async function ask(
  file: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<FoundPython | undefined> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(10_000)])
  const run = {
    command: file,
    args: ['-I', '-c', question],
    cwd: '/',
    env: toolEnvironment(env),
    quiet: true,
  }
  try {
    const { exitCode, stdout } = await runTool(run, () => undefined, deadline)
    return exitCode === 0 ? toPython(JSON.parse(stdout)) : undefined
  } catch (error) {
    signal.throwIfAborted()
    if (deadline.aborted || error instanceof SyntaxError) return undefined
    throw error
  }
}

type Answer = [
  implementation: string,
  version: [number, number, number, string, number],
  path: string,
  tag: string,
]

function toPython(answer: Answer): FoundPython | undefined {
  const [implementation, [major, minor, patch, level], file, tag] = answer
  const usable = implementation === 'CPython' && major === 3 && minor >= 6 && level === 'final'
  const freeThreaded = /^cpython-\d+t/.test(tag)
  return usable && !freeThreaded ? { version: `${major}.${minor}.${patch}`, path: file, tag } : undefined
}

function distinct(answers: (FoundPython | 'unusable')[]): FoundPython[] {
  const found = new Map<string, FoundPython>()
  for (const python of answers) {
    if (python === 'unusable') continue
    const key = `${python.version} ${python.tag}`
    if (!found.has(key)) found.set(key, python)
  }
  return [...found.values()]
}

async function readCache(file: string): Promise<Answers> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Answers
  } catch {
    return {}
  }
}

async function writeCache(file: string, answers: Answers): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const aside = `${file}.${randomUUID()}`
  await writeFile(aside, JSON.stringify(answers))
  await rename(aside, file)
}
