/** What a request costs with one and with many services, with one and with many replicas. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { bodyOf, type Started } from '../contenders/contender.ts'
import { benchPython } from '../contenders/environment.ts'
import { answersRightly } from '../contenders/server-process.ts'
import { loads, measureLoad } from '../loads.ts'
import type { Measurements } from '../measurements.ts'
import type { Options } from '../options.ts'

export interface Scale {
  name: string
  services: number
  replicas: number
}

export const scales: readonly Scale[] = [
  { name: '1 service, 1 replica', services: 1, replicas: 1 },
  { name: '1,000 services', services: 1_000, replicas: 1 },
  { name: '50 replicas', services: 1, replicas: 50 },
]

/** All are measured in every round. */
export async function measureScales(options: Options, measurements: Measurements): Promise<void> {
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const scale of scales) {
      process.stderr.write(`round ${round} of ${options.rounds}: ${scale.name}\n`)
      const samples = await measureScale(scale, options)
      measurements.loads.push(...samples.map((sample) => ({ ...sample, contender: scale.name, round })))
    }
  }
}

async function measureScale(scale: Scale, options: Options) {
  const gateway = await startGateway(scale)
  try {
    const samples = []
    for (const load of plainLoads)
      samples.push({ load: load.name, ...(await measureLoad(gateway, load, options)) })
    return samples
  } finally {
    await gateway.stop()
  }
}

const plainLoads = loads.filter(({ scenario }) => scenario === 'throughput')

async function startGateway({ services, replicas }: Scale): Promise<Started> {
  const key = randomBytes(16).toString('hex')
  const program = path.join(import.meta.dirname, 'scaled-gateway.ts')
  const args = [program, String(services), String(replicas), key, await benchPython()]
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const [url] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(() => Promise.reject(new Error('the gateway ended before it was ready'))),
  ])) as [string]
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` }
  const request: Started['request'] = (work) => ({ url, headers, body: bodyOf(work) })
  await answersRightly(request({ kind: 'numbers' }))
  return {
    pid: child.pid ?? 0,
    firstReplyMs: performance.now() - startedAt,
    request,
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
