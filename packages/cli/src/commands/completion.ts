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
  const words = new Map([['', [...program.commands.map((noun) => noun.name()), ...flagsOf(program)]]])
  for (const noun of program.commands) {
    const verbs = noun.commands.map((verb) => verb.name())
    words.set(noun.name(), [...verbs, ...flagsOf(noun), ...globals])
    for (const verb of noun.commands) {
      words.set(`${noun.name()} ${verb.name()}`, [
        ...verb.commands.map((deeper) => deeper.name()),
        ...flagsOf(verb),
        ...globals,
      ])
    }
  }
  return words
}

function flagsOf(command: Command): string[] {
  return [...command.options.flatMap(({ long }) => (long ? [long] : [])), '--help']
}

const scripts: Readonly<Record<(typeof shells)[number], (words: Words) => string>> = {
  bash: (words) => `_slipway() {
  local words="\${COMP_WORDS[*]:1:COMP_CWORD-1}" key="" word
  for word in $words; do
    case $word in -*) ;; *) [ "$(wc -w <<<"$key")" -lt 2 ] && key="\${key:+$key }$word" ;; esac
  done
  local choices=""
  case $key in
${cases(words)}
  esac
  if [ -z "$choices" ]; then
    key=\${key%% *}
    case $key in
${cases(words)}
    esac
  fi
  COMPREPLY=($(compgen -W "$choices" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _slipway slipway
`,
  zsh: (words) => `#compdef slipway
_slipway() {
  local key="" word choices=""
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ $word == -* || $key == *' '* ]] || key="\${key:+$key }$word"
  done
  case $key in
${cases(words)}
  esac
  if [[ -z $choices ]]; then
    key=\${key%% *}
    case $key in
${cases(words)}
    esac
  fi
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
