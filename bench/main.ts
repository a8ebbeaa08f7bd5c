/** Measures what a user waits for, on this machine, now: `npm run bench [name…]`. Prints; asserts nothing. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { benchmarks } from './benchmarks.ts'
import { describeFigures, type Figure } from './figure.ts'
import { describeMachine } from './machine.ts'

async function main(wanted: readonly string[]): Promise<void> {
  const chosen = benchmarks.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  const unknown = wanted.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
  if (unknown.length > 0) {
    throw new Error(
      `there is no benchmark ${unknown.join(', ')}; there are ${benchmarks.map(({ name }) => name).join(', ')}`,
    )
  }
  console.log(describeMachine())
  const figures: Figure[] = []
  for (const { name, measure } of chosen) {
    const folder = await mkdtemp(path.join(tmpdir(), 'slipway-bench-'))
    try {
      process.stderr.write(`measuring ${name}\n`)
      figures.push(...(await measure({ folder, projectDir: path.resolve(import.meta.dirname, '..') })))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  console.log(describeFigures(figures))
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
