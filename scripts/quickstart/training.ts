/** A Python with scikit-learn to train with, kept in the project's cache for the next run. */
import { access, mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { runProgram } from './run-program.ts'

/** What the example's conda file asks for as well. */
const packages = ['scikit-learn==1.7.2']

export interface TrainingTools {
  /** Writes diabetes.pkl into the folder. */
  train(folder: string, alpha: string, say: (text: string) => void): Promise<void>
  /** Predictions of a model file in plain Python, without Slipway. */
  predict(model: string, rows: readonly number[][]): Promise<number[]>
}

export async function trainingTools(projectDir: string, say: (text: string) => void): Promise<TrainingTools> {
  const exampleDir = path.join(projectDir, 'examples', 'diabetes')
  const tools = path.join(projectDir, '.cache', 'tools', 'python', 'bin')
  const python = path.join(tools, 'python')
  const site = await installOnce(path.join(projectDir, '.cache', 'training'), { tools, python, say })
  // The first run writes bytecode, which halves what the next ones spend on imports.
  const { PYTHONDONTWRITEBYTECODE: _, ...inherited } = process.env
  const env = { ...inherited, PYTHONPATH: site, OPENBLAS_NUM_THREADS: '1' }
  return {
    async train(folder, alpha, sayResult) {
      await mkdir(folder, { recursive: true })
      const args = [path.join(exampleDir, 'train.py'), folder, alpha]
      sayResult((await runProgram({ command: python, args, env })).trim())
    },
    async predict(model, rows) {
      const args = [path.join(exampleDir, 'predict.py'), model, JSON.stringify(rows)]
      return JSON.parse(await runProgram({ command: python, args, env })) as number[]
    },
  }
}

interface Install {
  tools: string
  python: string
  say(text: string): void
}

/** Installed aside and renamed, so that an interrupted run leaves nothing half done. */
async function installOnce(folder: string, { tools, python, say }: Install): Promise<string> {
  const found = await access(folder).then(
    () => true,
    () => false,
  )
  if (found) return folder
  const aside = `${folder}.part`
  await rm(aside, { recursive: true, force: true })
  const args = ['pip', 'install', '--python', python, '--target', aside, ...packages]
  await runProgram({ command: path.join(tools, 'uv'), args, onLine: say })
  await rename(aside, folder)
  return folder
}
