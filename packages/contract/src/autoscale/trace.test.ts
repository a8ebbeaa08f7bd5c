/** Traces that can be read, traces that cannot, and traces that are made. */
import { describe, expect, test } from 'vitest'
import { arrivalsOf, parseTrace } from './trace.ts'

describe('a recorded trace', () => {
  test.each([
    { name: 'CSV', text: 'time_seconds,run_seconds\n100,0.5\n100.25,1e-3\n' },
    {
      name: 'CSV with other columns, spaces and DOS line ends',
      text: 'id, run_seconds ,time_seconds\r\na,0.5,100\r\nb, 0.001 ,100.25\r\n\r\n',
    },
    {
      name: 'JSON lines',
      text: '{"time_seconds": 100, "run_seconds": 0.5, "id": 1}\n{"time_seconds": 100.25, "run_seconds": 0.001}',
    },
    { name: 'CSV out of order', text: 'time_seconds,run_seconds\n100.25,0.001\n100,0.5' },
  ])('may be $name', ({ text }) => {
    expect(parseTrace(text)).toEqual([
      { timeSeconds: 0, runSeconds: 0.5 },
      { timeSeconds: 0.25, runSeconds: 0.001 },
    ])
  })

  test.each([
    { text: '\n', message: 'a trace must have at least one request' },
    { text: 'time,run\n1,2', message: 'line 1 of a trace must name time_seconds and run_seconds (time,run)' },
    { text: 'time_seconds,run_seconds\n1,2\n\n3,', message: 'line 4 of a trace must give time_seconds' },
    { text: 'time_seconds,run_seconds\n1,-2', message: 'line 2 of a trace must give' },
    { text: '{"time_seconds": 1, "run_seconds": 2}\n{"time_seconds": 1', message: 'line 2 of a trace must' },
  ])('that is $text is refused with its line', ({ text, message }) => {
    expect(() => parseTrace(text)).toThrow(message)
  })
})

describe('a made trace', () => {
  const phases = [
    { seconds: 100, requestsPerSecond: 5, runSeconds: 0.1 },
    { seconds: 50, requestsPerSecond: 0, runSeconds: 0.1 },
    { seconds: 100, requestsPerSecond: 20, runSeconds: 0.2 },
  ]
  test('has the rate of each phase, and nobody comes where it is zero', () => {
    const trace = arrivalsOf(phases)
    const between = (from: number, to: number) =>
      trace.filter(({ timeSeconds }) => timeSeconds >= from && timeSeconds < to).length
    expect(Math.abs(between(0, 100) - 500)).toBeLessThan(70)
    expect(between(100, 150)).toBe(0)
    expect(Math.abs(between(150, 250) - 2_000)).toBeLessThan(140)
    expect(trace.at(-1)?.runSeconds).toBe(0.2)
  })

  test('is in the order of time, and the same each time', () => {
    const trace = arrivalsOf(phases)
    expect(trace.toSorted((a, b) => a.timeSeconds - b.timeSeconds)).toEqual(trace)
    expect(arrivalsOf(phases)).toEqual(trace)
  })
})
