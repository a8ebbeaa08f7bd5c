/** One part at a time, and a dead connection does not block an upload for long. */
import { expect, test } from 'vitest'
import { PartGate, type PartTurn } from './part-gate.ts'

test('a second part is refused while the first is coming, and may come after it', async () => {
  const gate = new PartGate(() => 0)
  const end = Promise.withResolvers<string>()
  const first = gate.take('a', () => end.promise)
  await expect(gate.take('a', async () => 'second')).rejects.toMatchObject({ code: 'offset-mismatch' })
  expect(await gate.take('b', async () => 'other')).toBe('other')
  end.resolve('first')
  expect(await first).toBe('first')
  expect(await gate.take('a', async () => 'third')).toBe('third')
})

test('a part from which nothing comes for 10 s gives way, one that is alive does not', async () => {
  const clock = { ms: 0 }
  const gate = new PartGate(() => clock.ms)
  const turns: PartTurn[] = []
  const silent = gate.take('a', (turn) => untilAborted(turn, turns))
  clock.ms = 9_000
  turns[0]?.alive()
  clock.ms = 18_999
  await expect(gate.take('a', async () => 'early')).rejects.toMatchObject({ code: 'offset-mismatch' })
  clock.ms = 19_000
  const order: string[] = []
  const ended = silent.catch((error: { code?: string }) => order.push(`first ${error.code}`))
  await gate.take('a', async () => order.push('second'))
  await ended
  expect(order).toEqual(['first unavailable', 'second'])
})

test('closing ends the parts that are coming and waits for them', async () => {
  const gate = new PartGate(() => 0)
  const running = gate.take('a', (turn) => untilAborted(turn, []))
  const codes: (string | undefined)[] = []
  const failed = running.catch((error: { code?: string }) => codes.push(error.code))
  await gate.close()
  await failed
  expect(codes).toEqual(['unavailable'])
  expect(gate.isBusy('a')).toBe(false)
})

function untilAborted(turn: PartTurn, turns: PartTurn[]): Promise<never> {
  turns.push(turn)
  return new Promise((_, reject) => {
    turn.signal.addEventListener('abort', () => reject(turn.signal.reason as Error))
  })
}
