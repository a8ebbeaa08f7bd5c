/** Reads a conda environment file and remembers the line of everything in it. */
import { ApiError } from '@slipway/contract'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Pair } from 'yaml'
import { parseMatchSpec, type MatchSpec } from './match-spec.ts'

export interface CondaFile {
  name?: string
  channels: string[]
  dependencies: CondaDependency[]
  /** Entries of the `pip:` list: requirements and options, as written. */
  pip: PipEntry[]
  /** Environment variables that the file sets. */
  variables: Record<string, string>
}

export interface CondaDependency extends MatchSpec {
  text: string
  /** Counted from 1. */
  line: number
}

export interface PipEntry {
  text: string
  /** Counted from 1. */
  line: number
}

/** The file as data; throws `invalid` with the line of what is wrong. */
export function parseCondaFile(text: string): CondaFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error) throw invalid(`it is not YAML: ${error.message}`, lines.linePos(error.pos[0]).line)
  return new Reader(document, lines).read()
}

const topLevelKeys = ['name', 'channels', 'dependencies', 'prefix', 'variables']

class Reader {
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #file: CondaFile = { channels: [], dependencies: [], pip: [], variables: {} }

  constructor(document: Document, lines: LineCounter) {
    this.#document = document
    this.#lines = lines
  }

  read(): CondaFile {
    const root = this.#resolve(this.#document.contents)
    if (isNothing(root)) return this.#file
    if (!isMap(root)) throw this.#invalid('it must be a mapping with a `dependencies` list', root)
    for (const pair of root.items) this.#readSection(pair)
    return this.#file
  }

  #readSection(pair: Pair): void {
    const key = this.#text(pair.key)
    if (key === undefined || !topLevelKeys.includes(key))
      throw this.#invalid(`unknown key ${key ?? ''}; the keys are ${topLevelKeys.join(', ')}`, pair.key)
    if (key === 'name') this.#file.name = this.#scalar(pair.value, 'name')
    if (key === 'channels')
      this.#file.channels.push(...this.#strings(pair.value, key).map(({ text }) => text))
    if (key === 'dependencies') this.#items(pair.value, key).forEach((item) => this.#readDependency(item))
    if (key === 'variables') this.#readVariables(pair.value)
  }

  #readDependency(item: unknown): void {
    if (isMap(item)) {
      for (const pair of item.items) this.#readPipList(pair)
      return
    }
    const text = this.#scalar(item, 'a dependency')
    const line = this.#lineOf(item)
    if (text === undefined) throw this.#invalid('a dependency is empty', item)
    const spec = parseMatchSpec(text)
    if (!spec) throw this.#invalid(`${text} is not a conda package specification`, item, specHint)
    this.#file.dependencies.push({ ...spec, text, line })
  }

  #readPipList(pair: Pair): void {
    const key = this.#text(pair.key)
    if (key !== 'pip')
      throw this.#invalid(`only \`pip:\` can have a list of its own, got ${key ?? 'nothing'}`, pair.key)
    this.#file.pip.push(...this.#strings(pair.value, 'pip'))
  }

  #readVariables(node: unknown): void {
    const variables = this.#resolve(node)
    if (isNothing(variables)) return
    if (!isMap(variables)) throw this.#invalid('`variables` must be a mapping of names to values', variables)
    for (const pair of variables.items) {
      const name = this.#text(pair.key)
      if (name === undefined || !/^[A-Za-z_]\w*$/.test(name))
        throw this.#invalid(`${name ?? ''} is not a name for an environment variable`, pair.key)
      this.#file.variables[name] = this.#scalar(pair.value, name) ?? ''
    }
  }

  #strings(node: unknown, name: string): PipEntry[] {
    return this.#items(node, name).map((item) => {
      const text = this.#scalar(item, `an entry of ${name}`)
      if (text === undefined || text === '') throw this.#invalid(`an entry of \`${name}\` is empty`, item)
      return { text, line: this.#lineOf(item) }
    })
  }

  #items(node: unknown, name: string): unknown[] {
    const list = this.#resolve(node)
    if (isNothing(list)) return []
    if (!isSeq(list)) throw this.#invalid(`\`${name}\` must be a list`, list)
    return list.items.map((item) => this.#resolve(item))
  }

  #scalar(node: unknown, name: string): string | undefined {
    const value = this.#resolve(node)
    if (isNothing(value)) return undefined
    if (!isScalar(value)) throw this.#invalid(`${name} must be a text`, value)
    return this.#text(value)
  }

  /** The text as written, so that `1.10` stays `1.10`. */
  #text(node: unknown): string | undefined {
    const value = this.#resolve(node)
    if (!isScalar(value)) return undefined
    return (typeof value.value === 'string' ? value.value : (value.source ?? String(value.value))).trim()
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node
  }

  #lineOf(node: unknown): number {
    const range = isMap(node) || isSeq(node) || isScalar(node) ? node.range : undefined
    return this.#lines.linePos(range?.[0] ?? 0).line
  }

  #invalid(detail: string, node: unknown, hint?: string): ApiError {
    return invalid(detail, this.#lineOf(node), hint)
  }
}

const specHint = 'Write it as name, name=1.17, name==1.17.3 or name>=1.16,<2.'

function isNothing(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null)
}

function invalid(detail: string, line: number, hint = 'Correct this line of the conda file.'): ApiError {
  return new ApiError('invalid', `line ${line} of the conda file: ${detail}`, { hint })
}
