/** Servers that a command starts: our score server, Azure's own, or any other. */
import { freePort } from '../../../support/free-port.ts'
import { type RunningProgram, startProgram } from '../../../support/run-program.ts'
import { waitUntil } from '../../../support/wait-until.ts'
import { ask } from '../request.ts'
import type { Profile } from '../scoring-case.ts'
import { type Application, type OpenTarget, type ScoringTarget, writeApplication } from './target.ts'

export interface CommandTargetOptions {
  name: string
  profile: Profile
  /** Words of the command; `{script}` and `{port}` are filled in. */
  command: readonly string[]
}

const longestLifeMs = 290_000

export function commandTarget({ name, profile, command }: CommandTargetOptions): ScoringTarget {
  return {
    name,
    profile,
    skips: () => undefined,
    open: async (suite, folder) => {
      const { program, port } = await start(command, suite, folder)
      let end: string | undefined
      const finished = program.finished.then(({ code, stdout, stderr }) => {
        end = `the server ended with ${code}:\n${stdout}\n${stderr}`
      })
      await waitUntil('a healthy server', async () => end ?? (await isHealthy(port)))
      if (end !== undefined) throw new Error(end)
      return { port, prefix: '', close: async () => close(program.kill, finished) } satisfies OpenTarget
    },
    run: async (application, folder) => {
      const { program } = await start(command, application, folder)
      const { code, stdout, stderr } = await program.finished
      return { code, printed: stdout + stderr }
    },
  }
}

async function start(
  command: readonly string[],
  application: Application,
  folder: string,
): Promise<{ program: RunningProgram; port: number }> {
  const script = await writeApplication(application, folder)
  const port = await freePort()
  const words = command.map((word) => word.replace('{script}', script).replace('{port}', String(port)))
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, TMPDIR: folder, ...application.env }
  return { program: startProgram(words, { cwd: folder, env, deadlineMs: longestLifeMs }), port }
}

async function isHealthy(port: number): Promise<true | undefined> {
  const reply = await ask({ port, prefix: '' }, { method: 'GET', path: '/' }).catch(() => undefined)
  return reply?.status === 200 ? true : undefined
}

async function close(kill: (signal: NodeJS.Signals) => void, finished: Promise<void>): Promise<void> {
  kill('SIGTERM')
  await finished
}
