/** Which replica gets a call, against a look at all of them. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Replica } from './replica.ts'
import { ReplicaRoster } from './replica-roster.ts'

class Desk implements Replica {
  readonly id: string
  readonly socketPath = ''
  readonly description = undefined
  isReady = true
  isClosed = false
  isHeldUp = false
  inFlight = 0
  room = 3

  constructor(id: number) {
    this.id = String(id)
  }

  get freeSlots(): number {
    return this.isReady ? this.room - this.inFlight : 0
  }

  send(): void {
    this.inFlight += 1
  }

  retire(): void {
    this.isReady = false
  }

  close(): void {
    this.isReady = false
    this.isClosed = true
    this.inFlight = 0
  }
}

const anyStep = fc.record({
  what: fc.constantFrom('send', 'answer', 'retire', 'return', 'narrow', 'widen', 'close'),
  whom: fc.nat({ max: 4 }),
})

test('the one with the fewest calls among those with room, after whatever has happened', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const roster = new ReplicaRoster()
      const desks = Array.from({ length: 5 }, (_, id) => new Desk(id))
      for (const desk of desks) roster.update(desk)
      for (const { what, whom } of steps) {
        act(roster, what, desks[whom])
        const open = desks.filter((desk) => desk.freeSlots > 0)
        const fewest = Math.min(...open.map(({ inFlight }) => inFlight))
        expect(roster.pick()?.inFlight).toBe(open.length === 0 ? undefined : fewest)
        expect(roster.ready).toBe(desks.filter(({ isReady }) => isReady).length)
        expect(roster.busy).toBe(desks.filter(({ inFlight }) => inFlight > 0).length)
      }
    }),
  )
})

const acts = {
  send: (desk: Desk) => desk.send(),
  answer: (desk: Desk) => (desk.inFlight = Math.max(0, desk.inFlight - 1)),
  retire: (desk: Desk) => desk.retire(),
  return: (desk: Desk) => (desk.isReady = true),
  narrow: (desk: Desk) => (desk.room = 1),
  widen: (desk: Desk) => (desk.room = 5),
  close: (desk: Desk) => desk.close(),
}

function act(roster: ReplicaRoster, what: keyof typeof acts, desk: Desk | undefined): void {
  const one = what === 'send' ? (roster.pick() as Desk | undefined) : desk
  if (one === undefined || one.isClosed) return
  acts[what](one)
  roster.update(one)
}

test('one that was lost without a word is passed over', () => {
  const roster = new ReplicaRoster()
  const desks = [new Desk(0), new Desk(1)]
  for (const desk of desks) roster.update(desk)
  const lost = roster.pick() as Desk
  lost.isReady = false
  expect(roster.pick()).toBe(desks.find((desk) => desk !== lost))
})

test('the one picked before once more, while it has room and less company than asked for', () => {
  const roster = new ReplicaRoster()
  const desks = [new Desk(0), new Desk(1)]
  for (const desk of desks) roster.update(desk)
  const picked = Array.from({ length: 4 }, () => {
    const desk = roster.pick(2) as Desk
    desk.send()
    roster.update(desk)
    return desk.id
  })
  const [first, other] = picked[0] === desks[0]?.id ? desks : desks.toReversed()
  expect(picked).toEqual([first, first, other, other].map((desk) => desk?.id))
  expect(roster.pick(9)).toBe(other)
  other?.send()
  expect(roster.pick(9)).toBe(first)
})

test('another one than picked before when that is held up', () => {
  const roster = new ReplicaRoster()
  const desks = [new Desk(0), new Desk(1)]
  for (const desk of desks) roster.update(desk)
  const held = roster.pick(9) as Desk
  held.send()
  roster.update(held)
  expect(roster.pick(9)).toBe(held)
  held.isHeldUp = true
  expect(roster.pick(9)).toBe(desks.find((desk) => desk !== held))
})
