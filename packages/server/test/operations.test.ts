/** The server as who operates it sees it: TLS and its ports, health, metrics. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startServerProcess, type ServerProcess } from './server-process.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-operations-'))
  const made = folder
  onTestFinished(() => rm(made, { recursive: true, force: true }))
})

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/** A certificate for this machine, signed by itself. */
function certificate(): string[] {
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes']
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  execFileSync('openssl', [...kind, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' })
  return ['--tls-cert', cert, '--tls-key', key]
}

async function getOverTls(url: string): Promise<{ status: number | undefined; body: string }> {
  const ca = await readFile(path.join(folder, 'cert.pem'))
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>()
  request(url, { ca }, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode, body }), reject)
  })
    .on('error', reject)
    .end()
  return await promise
}

describe.skipIf(!hasOpenssl)('TLS (needs openssl)', () => {
  test('is what the scoring port speaks, and the plain one beside it does not', async () => {
    const { ready, stop } = await startServerProcess(folder, {
      flags: [...certificate(), '--plain-scoring-port', '0'],
    })
    expect(ready.scoringUrl).toMatch(/^https:\/\/127\.0\.0\.1:/)
    expect(await getOverTls(`${ready.scoringUrl}/healthz`)).toEqual({ status: 200, body: 'Healthy' })
    expect((await fetch(`${ready.plainScoringUrl}/healthz`)).status).toBe(200)
    await expect(fetch(`${ready.scoringUrl.replace('https', 'http')}/healthz`)).rejects.toThrow(
      'fetch failed',
    )
    expect(await stop()).toEqual({ code: 0, stderr: '' })
  })

  test('that cannot be spoken stops the start with what to do', async () => {
    const [, cert = ''] = certificate()
    const start = startServerProcess(folder, { flags: ['--tls-cert', cert, '--tls-key', cert] })
    await expect(start).rejects.toThrow(/certificate \S+ and key \S+ cannot be used: .*\nGive PEM files/s)
  })
})

test('a port that is taken stops the start with what to do', async () => {
  const { ready, stop } = await startServerProcess(folder)
  const { port } = new URL(ready.scoringUrl)
  const other = path.join(folder, 'other')
  const start = startServerProcess(other, { flags: ['--scoring-port', port] })
  await expect(start).rejects.toThrow(`the port ${port} is in use by another program`)
  await stop()
})

describe('metrics', () => {
  const cache = path.resolve(import.meta.dirname, '../../../.cache')
  const uv = path.join(cache, 'tools', 'python', 'bin', 'uv')
  const run = (program: string, input = '') =>
    spawnSync(uv, ['run', '--no-project', '--with', 'prometheus_client', 'python', '-c', program], {
      input,
      encoding: 'utf8',
      env: { ...process.env, UV_CACHE_DIR: path.join(cache, 'uv') },
    })
  const hasParser = run('import prometheus_client').status === 0

  async function scrape({ ready }: ServerProcess): Promise<string> {
    const token = (await readFile(ready.tokenFile, 'utf8')).trim()
    const reply = await fetch(`${ready.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
    expect(reply.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    return await reply.text()
  }

  test('are for who has the token, and tell what runs', async () => {
    const server = await startServerProcess(folder)
    expect((await fetch(`${server.ready.url}/metrics`)).status).toBe(401)
    const metrics = await scrape(server)
    expect(metrics).toMatch(/^slipway_build_info\{version="\d+\.\d+\.\d+",node="24\.[\d.]+"\} 1$/m)
    expect(metrics).toMatch(/^slipway_gateway_connections\{gateway="local"\} 0$/m)
    expect(metrics).toMatch(/^process_resident_memory_bytes \d+$/m)
    await server.stop()
  })

  test.skipIf(!hasParser)('are read by another parser (needs prometheus_client for Python)', async () => {
    const server = await startServerProcess(folder)
    const metrics = await scrape(server)
    const program = `
import sys
from prometheus_client.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    print(family.name, family.type)
`
    const { stdout, status } = run(program, metrics)
    expect(status).toBe(0)
    expect(stdout).toContain('slipway_requests counter\n')
    expect(stdout).toContain('slipway_replicas_wanted gauge\n')
    await server.stop()
  })
})
