/** Tests the reader of server-sent events. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEvents, type ServerEvent } from './event-stream.ts'

describe('the event stream', () => {
  test('yields data, id and type, and joins several data lines', async () => {
    const text = ': hello\n\nid: 7\ndata: one\n\nevent: end\ndata: two\ndata:three\n\n'
    expect(await readAll([text])).toEqual([
      { id: '7', type: 'message', data: 'one' },
      { id: '7', type: 'end', data: 'two\nthree' },
    ])
  })

  test('drops an event whose closing blank line never came', async () => {
    expect(await readAll(['data: one\n\ndata: two\n'])).toEqual([
      { id: undefined, type: 'message', data: 'one' },
    ])
  })

  test('takes off one space after the colon and no more', async () => {
    expect(await readAll(['data:  {"a": 1}\n\n'])).toMatchObject([{ data: ' {"a": 1}' }])
  })

  test('reads the same events wherever the bytes are split and however lines end', async () => {
    const eventOf = fc.record({
      id: fc.option(fc.stringMatching(/^[0-9]{1,6}$/), { nil: undefined }),
      data: fc.array(fc.string({ unit: 'grapheme' }).map(oneLine), { minLength: 1, maxLength: 3 }),
    })
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
    await fc.assert(
      fc.asyncProperty(
        fc.array(eventOf, { maxLength: 5 }),
        lineEnd,
        fc.infiniteStream(fc.nat(7)),
        async (events, end, cuts) => {
          const lines = events.flatMap(({ id, data }) => [
            ...(id === undefined ? [] : [`id: ${id}`]),
            ...data.map((line) => `data: ${line}`),
            '',
          ])
          const bytes = new TextEncoder().encode(lines.map((line) => line + end).join(''))
          const received = await readAll(split(bytes, cuts))
          expect(received.map(({ data }) => data)).toEqual(events.map(({ data }) => data.join('\n')))
        },
      ),
    )
  })
})

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, '')
}

function split(bytes: Uint8Array, sizes: Iterator<number>): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let start = 0; start < bytes.length;) {
    const size = 1 + Number(sizes.next().value)
    chunks.push(bytes.subarray(start, start + size))
    start += size
  }
  return chunks
}

async function readAll(chunks: (string | Uint8Array)[]): Promise<ServerEvent[]> {
  const body = async function* () {
    for (const chunk of chunks) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
  }
  return await Array.fromAsync(readEvents(body()))
}
