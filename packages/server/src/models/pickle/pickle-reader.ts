/** Runs through the pickles of a source, and over the arrays that joblib writes between their opcodes. */
import { Readable } from 'node:stream'
import { ByteReader } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { effects } from './effects.ts'
import type { Effect } from './effects.ts'
import { isPlainName } from './joblib-array.ts'
import type { ArrayPlan } from './joblib-array.ts'
import { Machine } from './machine.ts'
import { layouts, op } from './opcodes.ts'
import type { Layout } from './opcodes.ts'
import { takeOperand } from './operand.ts'
import type { Operand, Shortfall } from './operand.ts'
import { Findings } from './findings.ts'

/** How a pickle ended: whole, cut short, with bytes that are no pickle, or with an array of unknown length. */
export type Ending = 'stopped' | 'truncated' | 'invalid' | 'unreadable'

const maxNesting = 8

/** Bytes looked at to see whether an array is also a pickle, before the source is opened once more. */
const aheadBytes = 64 * 1024
const maxSecondReadings = 64

/** Entries of the memo that a pickle is read again for, and how often it is. */
const maxMissed = 10_000
const maxRounds = 4

interface Opcode {
  layout: Layout
  effect: Effect
}

const opcodes: (Opcode | undefined)[] = Array.from({ length: 256 }, (_, code) => {
  const layout = layouts.get(code)
  const effect = effects.get(code)
  return layout && effect && { layout, effect }
})

export class PickleReader {
  readonly #source: ByteSource
  readonly #signal: AbortSignal
  #reader: ByteReader
  #secondReadings = 0

  constructor(source: ByteSource, options: { offset: number; signal: AbortSignal }) {
    this.#source = source
    this.#signal = options.signal
    this.#reader = new ByteReader(source, options)
  }

  async atEnd(): Promise<boolean> {
    return !(await this.#reader.fill(1))
  }

  /** Reads one pickle, as joblib reads it. */
  async read(findings: Findings): Promise<Ending> {
    const start = this.#reader.position
    const wanted = new Set<number>()
    for (let round = 1; ; round += 1) {
      const found = new Findings()
      const machine = new Machine(found, { wanted })
      const ending = await this.#run({ reader: this.#reader, machine, findings: found, nesting: 0 })
      const missed = [...machine.missed].filter((index) => !wanted.has(index))
      if (missed.length === 0 || missed.length > maxMissed || round === maxRounds) {
        findings.add(found)
        return ending
      }
      // Once more, and this time these are kept.
      for (const index of missed) wanted.add(index)
      this.#restart(start)
    }
  }

  close(): void {
    this.#reader.close()
  }

  #restart(offset: number): void {
    this.#reader.close()
    this.#reader = new ByteReader(this.#source, { offset, signal: this.#signal })
  }

  async #run(run: Run): Promise<Ending> {
    const { reader, machine } = run
    for (;;) {
      if (reader.available === 0 && !(await reader.fill(1))) return 'truncated'
      const code = reader.takeByte()
      const opcode = opcodes[code]
      if (!opcode) return 'invalid'
      const taken = takeOperand(reader, opcode.layout)
      const operand = 'value' in taken ? taken : await completeOperand(reader, opcode.layout, taken)
      if (typeof operand === 'string') return operand
      opcode.effect(machine, operand.value)
      const ending = endingOf(code, machine) ?? (code === op.build ? await this.#passArray(run) : undefined)
      if (ending) return ending
    }
  }

  /** Passes over the array behind a BUILD; undefined when all is well. */
  async #passArray(run: Run): Promise<Ending | undefined> {
    const array = run.machine.takeArray()
    if (!array || run.plain) return undefined
    run.findings.sawJoblib()
    switch (array.kind) {
      case 'raw':
        return await this.#passRaw(run, array)
      case 'pickle':
        return await this.#passPickle(run)
      case 'elsewhere':
        if (array.file === undefined || !isPlainName(array.file))
          run.findings.noted('(loads an array from another folder)', 'dangerous')
        return undefined
      default:
        run.findings.noted('(holds an array whose length cannot be read)', 'suspicious')
        return 'unreadable'
    }
  }

  async #passPickle(run: Run): Promise<Ending | undefined> {
    if (run.nesting >= maxNesting) return 'unreadable'
    const machine = new Machine(run.findings)
    const ending = await this.#run({ ...run, machine, plain: true, nesting: run.nesting + 1 })
    return ending === 'stopped' ? undefined : ending
  }

  async #passRaw(run: Run, array: Extract<ArrayPlan, { kind: 'raw' }>): Promise<Ending | undefined> {
    const { reader } = run
    await this.#readAsPickle(run)
    if (array.padded) {
      if (!(await reader.fill(1))) return 'truncated'
      if (!(await reader.skip(reader.takeByte()))) return 'truncated'
    }
    return (await reader.skip(array.sizeBytes)) ? undefined : 'truncated'
  }

  /**
   * Python's own pickle module knows no arrays and goes on with their bytes as opcodes. What it would import then
   * counts when it is dangerous; an honest array breaks off within a few bytes.
   */
  async #readAsPickle(run: Run): Promise<void> {
    const { reader } = run
    if (!(await reader.fill(1)) || !opcodes[reader.peek(1)[0] ?? 0]) return
    const position = reader.position
    const whole = !(await reader.fill(aheadBytes))
    const ahead = Buffer.from(reader.peek(aheadBytes))
    if ((await this.#readPlainly(run, memorySource(ahead), 0)) !== 'truncated' || whole) return
    this.#secondReadings += 1
    if (this.#secondReadings > maxSecondReadings)
      run.findings.noted('(holds too many arrays that could be pickles)', 'suspicious')
    else await this.#readPlainly(run, this.#source, position)
  }

  async #readPlainly(run: Run, source: ByteSource, offset: number): Promise<Ending> {
    const findings = new Findings()
    const machine = new Machine(findings, { from: run.machine })
    const reader = new ByteReader(source, { offset, signal: this.#signal })
    try {
      const ending = await this.#run({ reader, machine, findings, nesting: run.nesting, plain: true })
      run.findings.addPlausible(findings)
      return ending
    } finally {
      reader.close()
    }
  }
}

interface Run {
  reader: ByteReader
  machine: Machine
  findings: Findings
  nesting: number
  /** As Python's own pickle module: arrays are not passed over. */
  plain?: boolean
}

function endingOf(code: number, machine: Machine): Ending | undefined {
  if (machine.broken) return 'invalid'
  return code === op.stop ? 'stopped' : undefined
}

/** Waits for what an operand lacks. */
async function completeOperand(
  reader: ByteReader,
  layout: Layout,
  lack: Shortfall,
): Promise<{ value: Operand } | Ending> {
  let shortfall = lack
  for (;;) {
    if (shortfall.kind === 'invalid') return 'invalid'
    if (shortfall.kind === 'fill') {
      if (!(await reader.fill(shortfall.bytes))) return 'truncated'
      const taken = takeOperand(reader, layout)
      if ('value' in taken) return taken
      shortfall = taken
      continue
    }
    const passed = shortfall.kind === 'skip' ? await reader.skip(shortfall.bytes) : await reader.skipLine()
    return passed ? { value: undefined } : 'truncated'
  }
}

function memorySource(bytes: Buffer): ByteSource {
  return { sizeBytes: bytes.length, open: (offset) => Readable.from([bytes.subarray(offset)]) }
}
