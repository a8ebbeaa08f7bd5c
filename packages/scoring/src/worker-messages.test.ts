/** Which calls need a head, and what is read from the head of a reply. */
import { describe, expect, test } from 'vitest'
import { frameTypes } from './frames.ts'
import type { ScoringCall } from './replica.ts'
import { encodeCall, readReply } from './worker-messages.ts'

function aCall(changes: Partial<ScoringCall> = {}): ScoringCall {
  return {
    id: 1,
    requestId: 'r',
    method: 'POST',
    query: '',
    rawHeaders: ['Content-Type', 'application/json'],
    remoteAddress: '127.0.0.1',
    body: Buffer.from('{}'),
    isSettled: false,
    answer: () => undefined,
    ...changes,
  }
}

describe('the head of a call', () => {
  test.each([
    { kind: 'text', hasHead: false },
    { kind: 'text', call: { method: 'GET' }, hasHead: true },
    { kind: 'text', requestHeaders: true, hasHead: true },
    { kind: 'raw', hasHead: true },
    { kind: 'schema', hasHead: false },
    {
      kind: 'schema',
      call: { rawHeaders: ['CONTENT-type', 'Application/JSON ; charset=x'] },
      hasHead: false,
    },
    { kind: 'schema', call: { rawHeaders: [] }, hasHead: true },
    { kind: 'schema', call: { rawHeaders: ['Content-Type', 'application/jsonx'] }, hasHead: true },
    { kind: 'schema', call: { rawHeaders: ['X', 'Content-Type', 'Y', 'application/json'] }, hasHead: true },
    {
      kind: 'schema',
      call: { rawHeaders: ['Content-Type', 'application/json', 'content-type', 'text/plain'] },
      hasHead: true,
    },
  ])('of $kind, $call: $hasHead', ({ kind, call, requestHeaders = false, hasHead }) => {
    const [frame] = encodeCall(aCall(call), { kind, requestHeaders, swagger: {} })
    expect((frame?.readUInt16LE(6) ?? 0) > 0).toBe(hasHead)
  })
})

describe('the head of a reply', () => {
  const fixed = Buffer.from([201, 0, 0, 0, 0, 0, 0, 0])
  const read = (pairs: [string, string][]): ReturnType<typeof readReply> =>
    readReply({
      type: frameTypes.reply,
      flags: 0,
      id: 1,
      head: Buffer.concat([fixed, Buffer.from(JSON.stringify(pairs))]),
      body: Buffer.alloc(0),
    })

  test('may begin with a phrase for the status', () => {
    const { status, reason, headers } = read([
      [':reason', 'MADE'],
      ['X', 'y'],
    ])
    expect({ status, reason, headers }).toEqual({ status: 201, reason: 'MADE', headers: ['X', 'y'] })
  })

  test('has headers in turn otherwise', () => {
    const { reason, headers } = read([['X', 'y']])
    expect({ reason, headers }).toEqual({ reason: undefined, headers: ['X', 'y'] })
  })
})
