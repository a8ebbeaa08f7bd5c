/** The ids of a reply by the ids of its request. */
import { expect, test } from 'vitest'
import { requestIds } from './request-ids.ts'

const ids = (sent: Readonly<Record<string, string | undefined>>) =>
  requestIds({ header: (name) => sent[name] }, () => 'new')

const rid = 'x-request-id'
const mid = 'x-ms-request-id'
const cid = 'x-ms-client-request-id'

test.each([
  { sent: {}, reply: [rid, 'new', mid, 'new'] },
  { sent: { [rid]: 'A' }, reply: [rid, 'A', mid, 'A'] },
  { sent: { [mid]: 'B' }, reply: [rid, 'new', mid, 'B', cid, 'B'] },
  { sent: { [cid]: 'C' }, reply: [rid, 'new', mid, 'C', cid, 'C'] },
  { sent: { [rid]: 'A', [mid]: 'B' }, reply: [rid, 'A', mid, 'B', cid, 'B'] },
  { sent: { [mid]: 'B', [cid]: 'C' }, reply: [rid, 'new', mid, 'B', cid, 'C'] },
  { sent: { [rid]: 'A', [cid]: 'C' }, reply: [rid, 'A', mid, 'C', cid, 'C'] },
  { sent: { [rid]: 'A', [mid]: 'B', [cid]: 'C' }, reply: [rid, 'A', mid, 'B', cid, 'C'] },
  { sent: { [rid]: '' }, reply: [] },
])('$sent gives $reply', ({ sent, reply }) => {
  expect(ids(sent).headers).toEqual(reply)
})

test('ids of 100 characters pass, longer ones are refused by name', () => {
  const long = 'x'.repeat(101)
  expect(ids({ [rid]: 'x'.repeat(100) }).refusal).toBeUndefined()
  expect(ids({ [rid]: long })).toMatchObject({
    headers: [],
    refusal: 'x-request-id must not exceed 100 characters',
  })
  expect(ids({ [cid]: long })).toMatchObject({
    headers: [rid, 'new'],
    refusal: 'x-ms-request-id and x-ms-client-request-id must not exceed 100 characters',
  })
})
