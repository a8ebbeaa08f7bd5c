/** Types the commands of an example's README into a shell, in a copy of the project that they may write into. */
import { cp, mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { trainingTools, type TrainingTools } from '../../scripts/quickstart/training.ts'
import { readReadme, type Readme } from './readme-commands.ts'
import { runProgram } from './run-program.ts'
import { projectDir, type Stage } from './stage.ts'

export interface ExampleOptions {
  /** Where the packages for training are. */
  site: string
  /** Changes a command before it is typed; undefined leaves it out. */
  edit?(command: string): string | undefined
}

export class ExampleRunner {
  readonly tools: TrainingTools
  /** Packages that come with `tools`: scikit-learn as the conda files ask for. */
  readonly site = path.join(projectDir, '.cache', 'training')
  readonly #stage: Stage
  /** The root of the project, as the commands see it. */
  readonly #root: string
  readonly #bin: string

  private constructor(stage: Stage, tools: TrainingTools) {
    this.#stage = stage
    this.tools = tools
    this.#root = path.join(stage.folder, 'project')
    this.#bin = path.join(stage.folder, 'bin')
  }

  static async open(stage: Stage): Promise<ExampleRunner> {
    const runner = new ExampleRunner(stage, await trainingTools(projectDir, () => undefined))
    await mkdir(runner.file('bin'), { recursive: true })
    await mkdir(runner.#bin)
    await cp(path.join(projectDir, 'examples'), runner.file('examples'), { recursive: true })
    await symlink(path.join(projectDir, 'bin', 'slipway'), runner.file('bin/slipway'))
    await runner.provide('python3', path.join(projectDir, '.cache/tools/python/bin/python'))
    return runner
  }

  /** Path of a file below the root of the project. */
  file(name: string): string {
    return path.join(this.#root, name)
  }

  /** Makes a program findable under a name. */
  async provide(name: string, program: string): Promise<void> {
    await symlink(program, path.join(this.#bin, name))
  }

  readme(example: string): Promise<Readme> {
    return readReadme(this.file(`examples/${example}/README.md`))
  }

  /** What the last command of the README printed. Errors: a command fails. */
  async play(example: string, { site, edit = (command) => command }: ExampleOptions): Promise<string> {
    let output = ''
    for (const given of (await this.readme(example)).commands) {
      const command = edit(given)
      if (command !== undefined) output = await this.#type(command, site)
    }
    return output
  }

  async #type(command: string, site: string): Promise<string> {
    const env = this.#stage.env({
      PATH: `${this.#bin}:${process.env['PATH'] ?? ''}`,
      PYTHONPATH: site,
      PIP_TARGET: site,
      PIP_ONLY_BINARY: ':all:',
      PIP_ROOT_USER_ACTION: 'ignore',
    })
    const { code, stdout, stderr } = await runProgram(['sh', '-c', command], {
      cwd: this.#root,
      env,
      deadlineMs: 240_000,
    })
    if (code !== 0) throw new Error(`${command}\nended with code ${code}:\n${stdout}${stderr}`)
    return stdout
  }
}
