/** Frames survive being cut anywhere, and nonsense is refused. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeFrame, type Frame, FrameDecoder, FrameError } from './frames.ts'

const anyFrame = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  flags: fc.integer({ min: 0, max: 255 }),
  id: fc.integer({ min: 0, max: 0xffff_ffff }),
  head: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  body: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
})

function decode(chunks: readonly Buffer[], maxFrameBytes = 1_000_000): Frame[] {
  const frames: Frame[] = []
  const decoder = new FrameDecoder(maxFrameBytes, (frame) => frames.push(frame))
  for (const chunk of chunks) decoder.push(chunk)
  return frames
}

describe('frames', () => {
  test('come out as they went in, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.nat()), (frames, cuts) => {
        const stream = Buffer.concat(frames.flatMap((frame) => encodeFrame(frame)))
        const edges = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort(
          (a, b) => a - b,
        )
        const chunks = edges.slice(1).map((end, index) => stream.subarray(edges[index], end))
        expect(decode(chunks)).toEqual(frames)
      }),
    )
  })

  test('have the layout that workers are written for', () => {
    const frame = { type: 1, flags: 2, id: 0x01020304, head: Buffer.from('h'), body: Buffer.from('body') }
    expect(Buffer.concat(encodeFrame(frame)).toString('hex')).toBe('0d000000010201000403020168626f6479')
  })

  test('with large bodies are not copied', () => {
    const body = Buffer.alloc(65_537)
    const parts = encodeFrame({ type: 1, flags: 0, id: 1, head: Buffer.alloc(0), body })
    expect(parts[1]).toBe(body)
  })

  test('with heads over 65535 bytes cannot be made', () => {
    const frame = { type: 1, flags: 0, id: 1, head: Buffer.alloc(65_536), body: Buffer.alloc(0) }
    expect(() => encodeFrame(frame)).toThrow('a head must not exceed 65535 bytes (65536)')
  })

  test.each([
    {
      name: 'too large',
      bytes: 'ffffffff0100000000000000',
      text: 'a frame must not exceed 1000 bytes (4294967295)',
    },
    { name: 'shorter than their prefix', bytes: '070000000100000000000000', text: 'cannot hold a head of 0' },
    { name: 'shorter than their head', bytes: '080000000100050000000000', text: 'cannot hold a head of 5' },
  ])('that are $name are refused', ({ bytes, text }) => {
    expect(() => decode([Buffer.from(bytes, 'hex')], 1_000)).toThrow(FrameError)
    expect(() => decode([Buffer.from(bytes, 'hex')], 1_000)).toThrow(text)
  })
})
