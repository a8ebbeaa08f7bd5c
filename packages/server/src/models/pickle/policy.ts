/** Which imports a pickle may make: those that only rebuild data are clean, known ways to run code are dangerous. */
import { cleanClasses, cleanNames } from './clean-imports.ts'
import { dangerousModules, dangerousNames, hazardousNames, moduleNames } from './dangerous-imports.ts'

export type Verdict = 'clean' | 'suspicious' | 'dangerous'

/** What loading a pickle with this import may do. What is not known is suspicious. */
export function judge(module: string, name: string): Verdict {
  const home = renamed.get(module) ?? module
  if (isDangerous(home, name)) return 'dangerous'
  // A dot walks through attributes, and so out of any module that is clean by itself.
  if (name.includes('.')) return cleanNames.get(home)?.has(name) === true ? 'clean' : 'suspicious'
  if (hazardousNames.has(name)) return 'suspicious'
  return isClean(home, name) ? 'clean' : 'suspicious'
}

export function worse(left: Verdict, right: Verdict): Verdict {
  return ranks[left] >= ranks[right] ? left : right
}

const ranks = { clean: 0, suspicious: 1, dangerous: 2 } as const

/** Python 3 reads old pickles with these names changed. */
const renamed = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
  ['exceptions', 'builtins'],
])

function isDangerous(module: string, name: string): boolean {
  const parts = name.split('.')
  return (
    ancestors(module).some((ancestor) => dangerousModules.has(ancestor)) ||
    dangerousNames.get(module)?.has(name) === true ||
    dangerousNames.get(module)?.has(parts[0] ?? '') === true ||
    // A module found inside another one gives away all it has.
    parts.some((part) => moduleNames.has(part))
  )
}

/** `a.b.c`, `a.b`, `a`. */
function ancestors(module: string): string[] {
  const names = module.split('.')
  return names.map((_, index) => names.slice(0, names.length - index).join('.'))
}

function isClean(module: string, name: string): boolean {
  if (cleanNames.get(module)?.has(name) === true) return true
  return cleanClasses.some((rule) => {
    const inside = module === rule.module || module.startsWith(`${rule.module}.`)
    const excluded = rule.except?.some((part) => module === part || module.startsWith(`${part}.`)) === true
    return inside && !excluded && rule.names.test(name)
  })
}
