/** Steps that are announced, timed, and shown as a table at the end. */
import type { WriteStream } from 'node:tty'

export interface Step {
  name: string
  /** Time that Azure’s documentation promised for it. */
  promised?: string
}

interface Done extends Step {
  seconds: number
  note: string
}

export class Steps {
  readonly #out: WriteStream | NodeJS.WriteStream
  readonly #done: Done[] = []

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  /** Runs one step; what it says is shown while it works, and the last of it in the table. */
  async run<T>(step: Step, work: (say: (text: string) => void) => Promise<T>): Promise<T> {
    const started = performance.now()
    let note = ''
    this.#out.write(`• ${step.name}\n`)
    const result = await work((text) => {
      if (text === note) return
      note = text
      this.#out.write(`    ${seconds(performance.now() - started)}  ${text}\n`)
    })
    this.#done.push({ ...step, seconds: (performance.now() - started) / 1000, note })
    return result
  }

  printTable(): void {
    const rows = this.#done.map(({ name, seconds: took, promised = '' }) => [
      name,
      `${took.toFixed(2)} s`,
      promised,
    ])
    const total = this.#done.reduce((sum, { seconds: took }) => sum + took, 0)
    const table = [['step', 'took', 'Azure promised'], ...rows, ['all of it', `${total.toFixed(2)} s`, '']]
    const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
    const lines = table.map(([name = '', took = '', promised = '']) =>
      `${name.padEnd(widths[0] ?? 0)}  ${took.padStart(widths[1] ?? 0)}  ${promised.padStart(widths[2] ?? 0)}`.trimEnd(),
    )
    const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2))
    this.#out.write(`\n${[lines[0], rule, ...lines.slice(1)].join('\n')}\n`)
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(5)} s`
}
