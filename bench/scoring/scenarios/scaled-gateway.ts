/** A program: a gateway with so many services and replicas, in a process of its own; says its port and serves until its input ends. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { prefix, ScoringStack } from '../../../packages/scoring/test/scoring-stack.ts'

const [services = 1, replicas = 1] = process.argv.slice(2, 4).map(Number)
const key = process.argv[4] ?? ''
const python = process.argv[5] ?? 'python3'
const auth = { kind: 'keys', keys: [key, key] } as const

const stack = await ScoringStack.open()
const script = await readFile(path.join(import.meta.dirname, '../apps/score.py'), 'utf8')
const workers = []
for (let started = 0; started < replicas; started += 1)
  workers.push(await stack.startWorker(script, { python }))
for (let other = 1; other < services; other += 1)
  await stack.route([], { prefix: `/api/v1/service/other-${other}`, auth })
await stack.route(workers, { auth })

process.stdout.write(`${stack.origin}${prefix}/score\n`)
process.stdin.resume().once('end', () => void stack.close())
