/** Which calls need a head, and what is read from the head of a reply. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Frame, FrameDecoder, frameTypes } from './frames.ts'
import type { ScoringCall } from '../service/replica.ts'
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
    const [frame] = encodeCall(aCall(call), { kind, requestHeaders, swagger: {} }) ?? []
    expect((frame?.readUInt16LE(6) ?? 0) > 0).toBe(hasHead)
  })
})

test('every header reaches the worker as it came, in order', () => {
  const text = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) })
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 6 }), text, (headers, query) => {
      const call = aCall({ rawHeaders: headers.flat(), query })
      const frames: Frame[] = []
      const decoder = new FrameDecoder(1_000_000, (frame) => frames.push(frame))
      const description = { kind: 'raw', requestHeaders: false, swagger: {} }
      for (const piece of encodeCall(call, description) ?? []) decoder.push(piece)
      const [{ head, body } = { head: '', body: '' }] = frames
      expect(JSON.parse(head.toString())).toMatchObject({ method: 'POST', path: '/score', query, headers })
      expect(body).toEqual(call.body)
    }),
  )
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

  test.each([0, 100, 199, 600])('cannot have the status %d', (status) => {
    const head = Buffer.alloc(8)
    head.writeUInt16LE(status)
    const reply = { type: frameTypes.reply, flags: 0, id: 1, head, body: Buffer.alloc(0) }
    expect(() => readReply(reply)).toThrow(`must be from 200 to 599 (${status})`)
  })

  test('has headers in turn otherwise', () => {
    const { reason, headers } = read([['X', 'y']])
    expect({ reason, headers }).toEqual({ reason: undefined, headers: ['X', 'y'] })
  })
})
