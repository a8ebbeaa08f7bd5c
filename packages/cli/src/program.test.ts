/** Tests the whole command tree: everything in it says what it is for. */
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { aWorld } from '../test/a-world.ts'
import { createProgram } from './program.ts'

const program = await createProgram(aWorld([]).world, 'all')
const commands = everyCommand(program).map((command) => ({ command, path: pathOf(command) }))

describe.each(commands)('$path', ({ command }) => {
  test('has a description that is a sentence', () => {
    expect(command.description()).toMatch(/^[A-Z].*\S/)
  })

  test('describes its arguments and flags', () => {
    const { registeredArguments, options } = command
    const parts = [
      ...registeredArguments.map((argument) => [argument.name(), argument.description]),
      ...options.map(({ long, description }) => [long, description]),
    ]
    expect(parts.filter(([, description = '']) => !/^[A-Z].*[.)]$/.test(description))).toEqual([])
  })

  test('says of no flag twice that it may be repeated', () => {
    const twice = command.options.filter(({ description }) =>
      /may be repeated.*may be repeated/i.test(description),
    )
    expect(twice.map(({ long }) => long)).toEqual([])
  })
})

test('the tree is whole', () => {
  expect(commands.length).toBeGreaterThan(30)
})

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}
