/** `slipway completion`: scripts that complete nouns, verbs and flags, made from the command tree. */
import { Argument, type Command } from 'commander'
import { argument, type Action } from '../action.ts'
import type { Define } from '../noun.ts'

const shells = ['bash', 'zsh', 'fish'] as const

export const defineCompletion: Define = (command, act) => {
  command
    .addArgument(new Argument('<shell>', 'Shell.').choices(shells))
    .addHelpText('after', '\nFor bash: source <(slipway completion bash)')
    .action(act(async (action) => complete(action, command.parent ?? command)))
}

function complete(action: Action, program: Command): void {
  const script = scripts[argument(action, 0) as (typeof shells)[number]](wordsOf(program))
  action.world.stdout.write(script)
}

/** What may follow: `''` → nouns, `model` → verbs and flags, `model list` → flags. */
type Words = ReadonlyMap<string, readonly string[]>

function wordsOf(program: Command): Words {
  const globals = flagsOf(program).filter((flag) => flag !== '--version')
  const below = program.commands.flatMap((noun) => pathsOf(noun, noun.name(), globals))
  return new Map([['', [...program.commands.map((noun) => noun.name()), ...flagsOf(program)]], ...below])
}

function pathsOf(command: Command, path: string, globals: readonly string[]): [string, string[]][] {
  const names = command.commands.map((deeper) => deeper.name())
  const below = command.commands.flatMap((deeper) => pathsOf(deeper, `${path} ${deeper.name()}`, globals))
  return [[path, [...names, ...flagsOf(command), ...globals]], ...below]
}

function flagsOf(command: Command): string[] {
  return [...command.options.flatMap(({ long }) => (long ? [long] : [])), '--help']
}

/** A word leads deeper where something is below it; flags and arguments do not. */
const choicesAfter = (words: Words, line: string) => `_slipway_choices() {
  choices=""
  case $1 in
${cases(words)}
  esac
}
_slipway() {
  local key="" word choices
  for word in ${line}; do
    _slipway_choices "\${key:+$key }$word"
    [ -z "$choices" ] || key="\${key:+$key }$word"
  done
  _slipway_choices "$key"`

const scripts: Readonly<Record<(typeof shells)[number], (words: Words) => string>> = {
  bash: (words) => `${choicesAfter(words, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"')}
  COMPREPLY=($(compgen -W "$choices" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _slipway slipway
`,
  zsh: (words) => `#compdef slipway
${choicesAfter(words, '"${(@)words[2,CURRENT-1]}"')}
  compadd -- \${=choices}
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _slipway slipway
`,
  fish: (words) =>
    [...words]
      .map(([path, choices]) => `complete -c slipway -n '${fishCondition(path)}' -a '${choices.join(' ')}'`)
      .join('\n')
      .concat('\n'),
}

function cases(words: Words): string {
  return [...words].map(([path, choices]) => `    '${path}') choices="${choices.join(' ')}" ;;`).join('\n')
}

function fishCondition(path: string): string {
  if (path === '') return '__fish_use_subcommand'
  return path
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ')
}
