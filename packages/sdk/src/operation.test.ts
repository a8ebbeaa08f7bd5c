/** Tests waiting for operations, with a fetch of our own in place of the network. */
import type { Operation } from '@slipway/contract'
import { describe, expect, test } from 'vitest'
import { createClient, type Client } from './client.ts'
import { waitForOperation } from './operation.ts'

const ref = { workspace: 'default', name: `op-${'0'.repeat(32)}` }
type Status = Operation['status']

describe('waiting for an operation', () => {
  test('is woken by the watch, long before it would look again', async () => {
    const client = clientFor([{ state: 'Running', progress: 'one' }, { state: 'Succeeded' }], 'wakes')
    const seen: string[] = []
    const onProgress = ({ status }: Operation) => void seen.push(status.progress ?? status.state)
    const done = await waitForOperation(client, ref, { onProgress, pollIntervalMs: 3_600_000 })
    expect(done.status.state).toBe('Succeeded')
    expect(seen).toEqual(['one', 'Succeeded'])
  })

  test('goes on by looking at an interval when the watch is refused', async () => {
    const client = clientFor(
      [{ state: 'NotStarted' }, { state: 'Running' }, { state: 'Succeeded' }],
      'refuses',
    )
    const done = await waitForOperation(client, ref, { pollIntervalMs: 1 })
    expect(done.status.state).toBe('Succeeded')
  })

  test('rejects with the error of the operation', async () => {
    const error = { code: 'InitFailed', message: 'init() raised ValueError', hint: 'Read the log.' }
    const client = clientFor([{ state: 'Failed', error }], 'wakes')
    await expect(waitForOperation(client, ref)).rejects.toMatchObject({
      code: 'deploy-failed',
      message: 'init() raised ValueError',
      hint: 'Read the log.',
    })
  })

  test('keeps a code that the contract knows', async () => {
    const client = clientFor(
      [{ state: 'Failed', error: { code: 'unsatisfiable', message: 'no numpy 9' } }],
      'wakes',
    )
    await expect(waitForOperation(client, ref)).rejects.toMatchObject({ code: 'unsatisfiable' })
  })

  test('says how an operation ended that has no error', async () => {
    const client = clientFor([{ state: 'TimedOut' }], 'wakes')
    await expect(waitForOperation(client, ref)).rejects.toThrow('service-create ended as TimedOut')
  })

  test('is given up by the signal', async () => {
    const stop = new AbortController()
    const client = clientFor([{ state: 'Running' }], 'refuses')
    const onProgress = () => stop.abort(new Error('enough'))
    await expect(waitForOperation(client, ref, { signal: stop.signal, onProgress })).rejects.toThrow('enough')
  })
})

/** Each look at the operation gives the next status; the watch announces a change at once, or is refused. */
function clientFor(statuses: readonly Status[], watch: 'wakes' | 'refuses'): Client {
  let looks = 0
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    init?.signal?.throwIfAborted()
    if (typeof url === 'string' && url.includes('/events?')) {
      return watch === 'refuses' ? new Response('gone', { status: 410 }) : new Response(changeEvent())
    }
    const index = Math.min(looks, statuses.length - 1)
    looks += 1
    return Response.json(anOperation(index + 1, statuses[index] ?? { state: 'Running' }))
  }
  return createClient({ url: 'http://host', fetch })
}

function changeEvent(): string {
  const change = { type: 'put', revision: 2, resource: { kind: 'operation', name: ref.name } }
  return `id: 2\ndata: ${JSON.stringify(change)}\n\nevent: end\ndata: {}\n\n`
}

function anOperation(revision: number, status: Status): Operation {
  const at = '2019-03-01T12:00:00.000Z'
  const counted = { uid: 'u', generation: 1, revision, createdAt: at, updatedAt: at }
  return {
    kind: 'operation',
    name: ref.name,
    metadata: { workspace: 'default', ...counted, tags: {}, properties: {} },
    spec: { action: 'service-create', target: { kind: 'service', name: 'adder' }, targetGeneration: 1 },
    status,
  }
}
