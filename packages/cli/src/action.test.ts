/** Tests what every command gets to work with. */
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { aWorld } from '../test/a-world.ts'
import { createAct, type Handler } from './action.ts'

const view = { kind: 'lines', lines: ['done'] } as const

test('on a terminal a result stands on a line of its own, whatever was shown before', async () => {
  const shown = await screenOf(async ({ progress, show }) => {
    progress.say('uploading')
    show({}, view)
  })
  expect(shown).toBe('\r\u001B[K◒ uploading\r\u001B[Kdone\n')
})

test('progress that goes on after a result is taken away too', async () => {
  const shown = await screenOf(async ({ progress, show }) => {
    show({}, view)
    progress.say('cleaning up')
  })
  expect(shown).toBe('done\n\r\u001B[K◒ cleaning up\r\u001B[K')
})

/** What both streams write, in order, as on a terminal. */
async function screenOf(handler: Handler): Promise<string> {
  let screen = ''
  const sink = {
    write: (text: string | Uint8Array) => (screen += String(text)),
    isTerminal: true,
    columns: 80,
  }
  const act = createAct({ ...aWorld([]).world, stdout: sink, stderr: sink })
  const command = new Command().option('--output <format>', '', 'text').action(act(handler))
  await command.parseAsync([], { from: 'user' })
  return screen
}
