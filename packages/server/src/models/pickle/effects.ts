/** What each opcode does to stack and memo. */
import type { Machine } from './machine.ts'
import { op } from './opcodes.ts'
import type { Operand } from './operand.ts'
import { decodeRawUnicode, parseInteger, unquote } from './text.ts'
import { mark, tupleOf, unknown } from './values.ts'
import type { Value } from './values.ts'

export type Effect = (machine: Machine, operand: Operand) => void

const pushNothing: Effect = (machine) => machine.push(undefined)
const pushNumber: Effect = (machine, operand) => machine.push(numberOf(operand))
const pushText: Effect = (machine, operand) => machine.pushText(textOf(operand))
const recall: Effect = (machine, operand) => machine.recall(numberOf(operand))
const remember: Effect = (machine, operand) => rememberAt(machine, numberOf(operand))
const nothing: Effect = () => undefined
const popOne: Effect = (machine) => machine.pop()
const popToMark: Effect = (machine) => machine.popToMark()
const collect: Effect = (machine) => {
  machine.popToMark()
  machine.push(undefined)
}
const extension: Effect = (machine, operand) => {
  machine.events.noted(`(imports extension ${String(operand)} of copyreg)`, 'suspicious')
  machine.push(unknown)
}

const named: Record<keyof typeof op, Effect> = {
  mark: (machine) => machine.push(mark),
  stop: popOne,
  pop: (machine) => machine.popAny(),
  popMark: popToMark,
  dup: (machine) => machine.push(machine.top()),

  none: (machine) => machine.push(null),
  newTrue: pushNothing,
  newFalse: pushNothing,
  int: (machine, operand) => machine.push(integerOf(operand)),
  long: (machine, operand) => machine.push(integerOf(operand)),
  binInt: pushNumber,
  binInt1: pushNumber,
  binInt2: pushNumber,
  long1: pushNumber,
  long4: pushNumber,
  float: pushNothing,
  binFloat: pushNothing,
  binBytes: pushNothing,
  shortBinBytes: pushNothing,
  binBytes8: pushNothing,
  byteArray8: pushNothing,
  nextBuffer: pushNothing,
  readonlyBuffer: (machine) => machine.top(),

  string: (machine, operand) => machine.pushText(typeof operand === 'string' ? unquote(operand) : undefined),
  unicode: (machine, operand) =>
    machine.pushText(typeof operand === 'string' ? decodeRawUnicode(operand) : undefined),
  binString: pushText,
  shortBinString: pushText,
  binUnicode: pushText,
  shortBinUnicode: pushText,
  binUnicode8: pushText,

  emptyTuple: (machine) => machine.push(tupleOf([])),
  tuple: (machine) => machine.push(tupleOf(machine.popToMark())),
  tuple1: (machine) => makeTuple(machine, 1),
  tuple2: (machine) => makeTuple(machine, 2),
  tuple3: (machine) => makeTuple(machine, 3),
  emptyList: pushNothing,
  list: collect,
  append: popOne,
  appends: popToMark,
  emptySet: pushNothing,
  frozenSet: collect,
  addItems: popToMark,
  emptyDict: pushDict,
  dict: (machine) => {
    const items = machine.popToMark()
    pushDict(machine)
    machine.setItems(items)
  },
  setItem: (machine) => {
    const value = machine.pop()
    machine.setItems([machine.pop(), value])
  },
  setItems: (machine) => machine.setItems(machine.popToMark()),

  get: (machine, operand) => machine.recall(integerOf(operand)),
  binGet: recall,
  longBinGet: recall,
  put: (machine, operand) => rememberAt(machine, integerOf(operand)),
  binPut: remember,
  longBinPut: remember,
  memoize: (machine) => machine.remember(),

  global: (machine, operand) => {
    const [module, name] = importOf(operand)
    machine.push(machine.import(module, name))
  },
  stackGlobal: (machine) => machine.importFromStack(),
  ext1: extension,
  ext2: extension,
  ext4: extension,
  reduce: (machine) => {
    const args = machine.pop()
    machine.push(machine.call(machine.pop(), args))
  },
  newObj: (machine) => {
    const args = machine.pop()
    machine.push(machine.call(machine.pop(), args))
  },
  newObjEx: (machine) => {
    machine.pop()
    const args = machine.pop()
    machine.push(machine.call(machine.pop(), args))
  },
  obj: (machine) => {
    const [callee, ...args] = machine.popToMark()
    machine.push(machine.call(callee, tupleOf(args)))
  },
  inst: (machine, operand) => {
    const [module, name] = importOf(operand)
    const args = machine.popToMark()
    machine.push(machine.call(machine.import(module, name), tupleOf(args)))
  },
  build: (machine) => machine.build(machine.pop()),
  persId: pushNothing,
  binPersId: (machine) => {
    machine.pop()
    machine.push(undefined)
  },

  proto: (machine, operand) => {
    if (typeof operand === 'number' && operand > 5) machine.fail()
  },
  frame: nothing,
}

/** By opcode. */
export const effects: ReadonlyMap<number, Effect> = new Map(
  Object.entries(named).map(([name, effect]) => [op[name as keyof typeof op], effect]),
)

function makeTuple(machine: Machine, length: number): void {
  const items: Value[] = []
  for (let index = 0; index < length; index += 1) items.unshift(machine.pop())
  machine.push(tupleOf(items))
}

function pushDict(machine: Machine): void {
  machine.push({ kind: 'dict', entries: new Map(), whole: true, unknownKeys: [] })
}

function rememberAt(machine: Machine, index: number | undefined): void {
  if (index === undefined) machine.fail()
  else machine.remember(index)
}

function importOf(operand: Operand): readonly [module: string, name: string] {
  return typeof operand === 'object' ? operand : ['', '']
}

function textOf(operand: Operand): string | undefined {
  return typeof operand === 'string' ? operand : undefined
}

function numberOf(operand: Operand): number | undefined {
  return typeof operand === 'number' ? operand : undefined
}

function integerOf(operand: Operand): number | undefined {
  return typeof operand === 'string' ? parseInteger(operand) : undefined
}
