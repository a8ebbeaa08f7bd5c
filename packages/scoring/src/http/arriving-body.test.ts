/** The body of a plain request, put together of its pieces. */
import { expect, test } from 'vitest'
import { ArrivingBody } from './arriving-body.ts'

test('a body is put together of pieces, however much is kept ready for it', () => {
  const sent = Buffer.from(Array.from({ length: 5_000_000 }, (_, at) => at % 251))
  const body = new ArrivingBody(sent.length, sent.subarray(0, 10))
  let received: Buffer | undefined
  body.read(sent.length, (whole) => (received = whole))
  for (let at = 10; at < sent.length; at += 65_536) {
    expect(received).toBeUndefined()
    body.push(sent.subarray(at, at + 65_536))
  }
  expect(received?.equals(sent)).toBe(true)
})

test('a body over the limit is refused at once, and what comes of it thrown away', () => {
  const body = new ArrivingBody(11, Buffer.from('hello'))
  const answers: (Buffer | undefined)[] = []
  body.read(10, (whole) => answers.push(whole))
  body.push(Buffer.from(' world'))
  expect([answers, body.isAwaited, body.missingBytes]).toEqual([[undefined], false, 0])
})
