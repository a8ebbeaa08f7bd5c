/** Tests the completion scripts: bash and zsh run their own. */
import { execFileSync, spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { run } from '../src/index.ts'
import { aWorld } from './a-world.ts'

test.each([
  { words: ['slipway', ''], has: ['model', 'service', 'why'], lacks: ['register'] },
  { words: ['slipway', 'mo'], has: ['model'], lacks: ['service'] },
  { words: ['slipway', 'model', ''], has: ['register', 'download'], lacks: ['service'] },
  { words: ['slipway', 'service', 'deploy', 'x', '--num'], has: ['--num-replicas'], lacks: ['--image'] },
  { words: ['slipway', 'service', 'version', ''], has: ['create', 'rollback'], lacks: ['score'] },
  {
    words: ['slipway', 'service', 'version', 'create', 'x', 'v2', '--tr'],
    has: ['--traffic-percent'],
    lacks: ['list'],
  },
  { words: ['slipway', 'why', 'model', '--out'], has: ['--output'], lacks: ['register'] },
])('bash completes $words', async ({ words, has, lacks }) => {
  const choices = completeInBash(await script('bash'), words)
  expect(choices).toEqual(expect.arrayContaining(has))
  for (const other of lacks) expect(choices).not.toContain(other)
})

const hasZsh = spawnSync('zsh', ['--version']).status === 0

test.skipIf(!hasZsh).each([
  { words: ['slipway', ''], has: ['model', 'service', 'why'], lacks: ['register'] },
  { words: ['slipway', 'model', ''], has: ['register', 'download'], lacks: ['service'] },
  { words: ['slipway', 'service', 'deploy', 'x', '--num'], has: ['--num-replicas'], lacks: ['register'] },
  { words: ['slipway', 'service', 'version', ''], has: ['create', 'rollback'], lacks: ['score'] },
])('zsh completes $words (where it is installed)', async ({ words, has, lacks }) => {
  const choices = completeInZsh(await script('zsh'), words)
  expect(choices).toEqual(expect.arrayContaining(has))
  for (const other of lacks) expect(choices).not.toContain(other)
})

test('fish gets a line per noun and verb', async () => {
  const lines = (await script('fish')).split('\n')
  expect(lines).toContainEqual(
    expect.stringMatching(/__fish_seen_subcommand_from model; and .* register' -a '--name/),
  )
})

test('a word that is also a noun does not stand in the way', async () => {
  const { world, stdout } = aWorld(['completion', 'bash', '--workspace', 'model'])
  expect(await run(world)).toBe(0)
  expect(stdout()).toBe(await script('bash'))
})

test('another shell is refused', async () => {
  const { world, stderr } = aWorld(['completion', 'tcsh'])
  expect(await run(world)).toBe(2)
  expect(stderr()).toContain('Allowed choices are bash, zsh, fish')
})

async function script(shell: string): Promise<string> {
  const { world, stdout } = aWorld(['completion', shell])
  expect(await run(world)).toBe(0)
  return stdout()
}

function completeInBash(script: string, words: readonly string[]): string[] {
  const asked = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`
  const whole = `${script}\n${asked}; _slipway; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['--norc', '-c', whole], { encoding: 'utf8' }).trim().split('\n')
}

function completeInZsh(script: string, words: readonly string[]): string[] {
  const stubs = 'compdef() { }; compadd() { shift; print -l -- "$@" }'
  const asked = `words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}`
  const whole = `${stubs}\n${script}\n${asked}; _slipway`
  return execFileSync('zsh', ['-f', '-c', whole], { encoding: 'utf8' }).trim().split('\n')
}
