/** The stack and memo of a pickle that is read but not run. */
import { Memo } from './memo.ts'
import {
  isDict,
  isGlobal,
  isInstance,
  isTuple,
  kindOf,
  mark,
  missingIn,
  setEntry,
  tupleOf,
  unknown,
} from './values.ts'
import type { Global, Value } from './values.ts'
import { isArrayWrapper, planArray } from './joblib-array.ts'
import type { ArrayPlan } from './joblib-array.ts'

export interface MachineEvents {
  imported: (module: string, name: string) => void
  /** Something else that a person should look at. */
  noted: (text: string, verdict: 'suspicious' | 'dangerous') => void
  /** A text in a dict or list right behind another one. */
  pair: (key: string, value: string) => void
}

export interface MachineOptions {
  /** Goes on where this one is, which is not to run meanwhile. */
  from?: Machine
  /** Entries of the memo that an earlier run has missed. */
  wanted?: ReadonlySet<number>
}

/** A real stack is as deep as the object's nesting, and 1,000 items of a list at a time. */
const maxDepth = 4_000_000

/** Follows the opcodes. It breaks where Python would raise: what comes then is not run by anyone. */
export class Machine {
  readonly events: MachineEvents
  /** Entries of the memo that an import or an array depends on, but that were not kept. */
  readonly missed = new Set<number>()
  readonly #stack: Value[]
  readonly #memo: Memo
  #broken = false
  /** Of the wrapper that stands for an array whose bytes follow. */
  #array: ArrayPlan | undefined
  #sawWrapper = false
  #sure = true
  /** A second reading shares its values with the first one, and must not change them. */
  readonly #frozen: boolean

  constructor(events: MachineEvents, { from, wanted }: MachineOptions = {}) {
    this.events = events
    this.#stack = from ? [...from.#stack] : []
    this.#memo = new Memo({ below: from ? from.#memo : undefined, wanted })
    this.#frozen = from !== undefined
  }

  /** The pickle is not one, from here on. */
  get broken(): boolean {
    return this.#broken
  }

  /** The array that follows the last BUILD in a joblib file, if one does; asked once. */
  takeArray(): ArrayPlan | undefined {
    const array = this.#array
    this.#array = undefined
    return array
  }

  fail(): undefined {
    this.#broken = true
    return undefined
  }

  push(value: Value): void {
    if (this.#stack.length >= maxDepth) this.fail()
    else this.#stack.push(value)
  }

  pushText(value: string | undefined): void {
    const below = this.#stack.at(-1)
    if (typeof below === 'string' && value !== undefined) this.events.pair(below, value)
    this.push(value)
  }

  pop(): Value {
    if (this.#stack.length === 0 || this.top() === mark) return this.fail()
    return this.#stack.pop()
  }

  /** POP takes a mark as well. */
  popAny(): void {
    if (this.#stack.length === 0) this.fail()
    else this.#stack.pop()
  }

  popToMark(): Value[] {
    const at = this.#stack.lastIndexOf(mark)
    if (at === -1) {
      this.fail()
      return []
    }
    const items = this.#stack.splice(at)
    return items.slice(1)
  }

  top(): Value {
    return this.#stack.length === 0 ? this.fail() : this.#stack.at(-1)
  }

  recall(index: number | undefined): void {
    if (index === undefined || !this.#memo.has(index)) return this.fail()
    const value = this.#memo.get(index)
    if (typeof value === 'string') this.pushText(value)
    else this.push(value)
  }

  remember(index: number | undefined = this.#memo.size): void {
    const value = this.top()
    if (value === mark || !this.#memo.put(index, value)) this.fail()
  }

  setItems(pairs: readonly Value[]): void {
    const target = this.top()
    // It could be a dict that we know under another name.
    if (kindOf(target) === 'unknown') this.#sure = false
    if (!isDict(target) || this.#frozen) return
    for (let index = 0; index < pairs.length; index += 2) setEntry(target, pairs[index], pairs[index + 1])
  }

  import(module: string, name: string): Global {
    const global: Global = { kind: 'global', module, name }
    this.events.imported(module, name)
    if (isArrayWrapper(global)) this.#sawWrapper = true
    return global
  }

  importFromStack(): void {
    const name = this.pop()
    const module = this.pop()
    if (this.#broken) return
    if (typeof module === 'string' && typeof name === 'string') return this.push(this.import(module, name))
    this.#miss(module)
    this.#miss(name)
    this.events.noted('(imports a name that cannot be read)', 'dangerous')
    this.push(unknown)
  }

  /** The result of calling a class or function with a tuple of arguments. */
  call(callee: Value, args: Value): Value {
    if (isGlobal(callee)) return callGlobal(this, callee, args)
    return unknown
  }

  build(state: Value): void {
    const target = this.top()
    if (isGlobal(target)) {
      this.events.noted(`(changes ${target.module}.${target.name} itself)`, 'suspicious')
      this.#sure = false
    }
    if (kindOf(target) === 'unknown') this.#buildUnknown()
    if (!isInstance(target) || this.#frozen) return
    target.state = state
    if (!isArrayWrapper(target.of)) return
    this.#array = planArray(target, this.#sure)
    if (this.#array.kind === 'unknown') this.#miss(target)
    this.#stack[this.#stack.length - 1] = undefined
  }

  #miss(value: Value): void {
    for (const index of missingIn(value)) this.missed.add(index)
  }

  /** In a file with wrapped arrays it may be one of them, and then its bytes follow. */
  #buildUnknown(): void {
    if (this.#sawWrapper) this.#array = { kind: 'unknown' }
  }
}

function callGlobal(machine: Machine, callee: Global, args: Value): Value {
  const items = isTuple(args) ? args.items : undefined
  if (isUfuncLookup(callee)) return lookUp(machine, items)
  const [first] = items ?? []
  const made = isReconstructor(callee) && isGlobal(first) ? first : callee
  if (made !== callee) return instance(made, tupleOf([]))
  // A wrapper that got its array's description as arguments is none that joblib writes.
  if (isArrayWrapper(callee) && items?.length !== 0) return unknown
  return instance(callee, args)
}

function instance(of: Global, args: Value): Value {
  return { kind: 'instance', of, args, state: undefined }
}

function isReconstructor({ module, name }: Global): boolean {
  return (
    (module === 'copyreg' || module === 'copy_reg') &&
    /^(_reconstructor|__newobj__|__newobj_ex__)$/.test(name)
  )
}

/** NumPy's way to name its functions: it imports what its two arguments say. */
function isUfuncLookup({ module, name }: Global): boolean {
  return name === '_ufunc_reconstruct' && module.startsWith('numpy')
}

function lookUp(machine: Machine, items: readonly Value[] | undefined): Value {
  const [module, name] = items ?? []
  if (typeof module === 'string' && typeof name === 'string') return machine.import(module, name)
  machine.events.noted('(imports by numpy what cannot be read)', 'dangerous')
  return unknown
}
