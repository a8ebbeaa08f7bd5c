/** Tests what progress writes, on a terminal and without one. */
import { describe, expect, test } from 'vitest'
import { aWorld } from '../../test/a-world.ts'
import { Progress } from './progress.ts'

describe('progress', () => {
  test('without a terminal writes a line per change, and no control characters', () => {
    const { world, stderr } = aWorld([])
    const progress = new Progress(world.stderr, world.now)
    progress.say('building')
    progress.say('building')
    progress.line('a log line')
    progress.say('deploying')
    progress.end()
    expect(stderr()).toBe('building\na log line\ndeploying\n')
  })

  test('without a terminal tells amounts every five seconds only', () => {
    let now = 0
    const { world, stderr } = aWorld([], { now: () => now })
    const progress = new Progress(world.stderr, world.now)
    for (now = 0; now <= 11_000; now += 1000) progress.sayAmount(`${now / 1000} MiB`)
    expect(stderr()).toBe('5 MiB\n10 MiB\n')
  })

  test('on a terminal keeps to one line, shortened to its width, and takes it away', () => {
    const { world, stderr } = aWorld([], { terminalColumns: 12 })
    const progress = new Progress(world.stderr, world.now)
    progress.say('a message that is long')
    progress.end()
    expect(stderr()).toBe('\r\u001B[K◒ a message\r\u001B[K')
  })
})
