/** The API as its OpenAPI document has it, judged by two strangers: a validator of documents, and a fuzzer of servers. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runProgram } from '../support/run-program.ts'
import { openStage, projectDir, type Stage } from '../support/stage.ts'
import { knownResources } from './openapi/known-resources.ts'

const bin = path.join(projectDir, '.cache', 'tools', 'python', 'bin')
const validator = path.join(bin, 'openapi-spec-validator')
const fuzzer = path.join(bin, 'schemathesis')

/** Streams end when the client leaves; packages/server/test/http/streams.test.ts has them. */
const endless = ['server.watch', 'images.followLogs', 'services.followLogs', 'gateways.routes']

const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'response_headers_conformance',
  'negative_data_rejection',
  'missing_required_header',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
]

/** A disk that is too small for what was announced is the fuzzer's wish, and no fault of the server. */
const settings = `
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 507]
`

const missing = [validator, fuzzer]
  .filter((program) => !existsSync(program))
  .map((file) => path.basename(file))
const skipped = missing.length > 0 ? ` (not installed: ${missing.join(', ')})` : ''

describe.skipIf(skipped)(`the OpenAPI document${skipped}`, () => {
  let stage: Stage
  let document: string

  beforeAll(async () => {
    stage = await openStage()
    const response = await fetch(`${stage.server.url}/v1/openapi.json`)
    document = await stage.write('openapi.json', await response.text())
  })

  afterAll(() => stage?.close())

  test('is valid OpenAPI 3.1', async () => {
    const judged = await runProgram([validator, '--schema', '3.1', '--validation-errors', 'all', document], {
      cwd: stage.folder,
      env: stage.env(),
      deadlineMs: 60_000,
    })
    expect(judged).toMatchObject({ code: 0, stdout: `${document}: OK\n` })
  })

  test('is what the server does, whatever it is asked', async () => {
    const config = await stage.write('schemathesis.toml', settings)
    const report = path.join(stage.folder, 'requests.har')
    const phases = ['--phases', 'examples,coverage,fuzzing', '--max-examples', '30', '--continue-on-failure']
    const judging = ['--checks', checks.join(','), '--request-timeout', '30', '--report-har-path', report]
    const fixed = ['--seed', '20190506', '--generation-database', 'none']
    const target = ['--url', stage.server.url, '--header', `Authorization: Bearer ${stage.server.token}`]
    const without = endless.flatMap((id) => ['--exclude-operation-id', id])
    const command = [fuzzer, '--config-file', config, '--no-color', 'run', document]
    const fuzzed = await runProgram([...command, ...target, ...phases, ...judging, ...fixed, ...without], {
      cwd: stage.folder,
      env: stage.env({
        SCHEMATHESIS_HOOKS: path.join(import.meta.dirname, 'openapi', 'known_resources.py'),
        SLIPWAY_KNOWN_RESOURCES: JSON.stringify(await knownResources(stage)),
      }),
      deadlineMs: 280_000,
    })
    expect(failuresIn(fuzzed.stdout)).toBe('')
    expect(fuzzed.code).toBe(0)
    const reached = await neverSucceeded(report, document)
    expect(reached).toEqual([])
  })
})

function failuresIn(output: string): string {
  return /=+ FAILURES =+\n([\s\S]*?)\n=+ (?:WARNINGS|SUMMARY)/.exec(output)?.[1] ?? ''
}

interface Har {
  log: { entries: { request: { method: string; url: string }; response: { status: number } }[] }
}

interface OpenApi {
  paths: Record<string, Record<string, { operationId: string }>>
}

/** Operations of which the fuzzer saw refusals only: what they answer when all goes well was not judged. */
async function neverSucceeded(report: string, document: string): Promise<string[]> {
  const { log } = JSON.parse(await readFile(report, 'utf8')) as Har
  const { paths } = JSON.parse(await readFile(document, 'utf8')) as OpenApi
  const good = log.entries.filter(({ response }) => response.status < 300)
  const operations = Object.entries(paths).flatMap(([template, item]) => {
    const pattern = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
    return Object.entries(item).map(([method, { operationId }]) => ({ method, operationId, pattern }))
  })
  const failed = operations.filter(
    ({ method, pattern }) =>
      !good.some(
        ({ request }) =>
          request.method.toLowerCase() === method && pattern.test(new URL(request.url).pathname),
      ),
  )
  return failed.map(({ operationId }) => operationId).filter((id) => !endless.includes(id))
}
