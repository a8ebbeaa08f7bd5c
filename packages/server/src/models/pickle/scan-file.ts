/** Scans one file for pickles and says what loading it could do. Opcodes are read; nothing is ever loaded. */
import { ByteReader, readRange } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { Findings } from './findings.ts'
import type { Finding } from './findings.ts'
import { npyMagic, readNpyHeader } from './numpy-file.ts'
import { isUnpackingError, packingOf, unpacked } from './packed-source.ts'
import { PickleReader } from './pickle-reader.ts'
import { worse } from './policy.ts'
import { listZip, openMember } from './zip-archive.ts'

export interface ScannedFile extends ByteSource {
  /** Path inside the model. */
  path: string
  sizeBytes: number
}

export interface FileFinding extends Finding {
  /** The path; members of an archive follow behind `!`. */
  file: string
}

export interface FileScan {
  format: 'pickle' | 'joblib' | 'torch' | 'npy' | 'none'
  /** `none`: there is no pickle in the file. */
  verdict: 'none' | 'clean' | 'suspicious' | 'dangerous'
  /** All names that loading would import, as `module.name`. */
  imports: string[]
  findings: FileFinding[]
  /** Library → version that wrote a pickle, where the pickle says so. */
  writtenBy: Record<string, string>
}

/**
 * Reads a file in bounded memory, at most a few times. A file that cannot be read as what it claims to be is
 * suspicious, not an error; errors of the source itself and the reason of an abort are thrown.
 */
export async function scanFile(file: ScannedFile, signal: AbortSignal): Promise<FileScan> {
  const scan = new Scan(signal)
  await scan.content({ name: file.path, source: file, depth: 0 })
  return scan.result()
}

interface Content {
  name: string
  source: ByteSource
  /** Archives around it. */
  depth: number
}

const maxDepth = 2
const maxPickles = 100_000
const pickleName =
  /\.(pkl|pickle|pk|joblib|jl|dill|cpickle|cloudpickle|pt|pth)(\.(gz|z|bz2|xz|lzma|lz4|zst))?$/i
const zipName = /\.(zip|npz|pt|pth|keras)$/i

type Format = FileScan['format']

/** From the least to the most telling. */
const formats: readonly Format[] = ['none', 'pickle', 'npy', 'joblib', 'torch']

class Scan {
  readonly #signal: AbortSignal
  readonly #findings: { file: string; findings: Findings }[] = []
  #format: Format = 'none'

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  result(): FileScan {
    const all = this.#findings.map(({ findings }) => findings)
    return {
      format: this.#format,
      verdict: all.length === 0 ? 'none' : all.map(({ verdict }) => verdict).reduce(worse),
      imports: [...new Set(all.flatMap(({ imports }) => imports))].sort(),
      findings: this.#findings.flatMap(({ file, findings }) =>
        findings.list.map((finding) => ({ file, ...finding })),
      ),
      writtenBy: Object.fromEntries(all.toReversed().flatMap(({ versions }) => [...versions])),
    }
  }

  async content(content: Content): Promise<void> {
    const { source, name } = content
    const head = await readRange(source, { offset: 0, length: 512 }, this.#signal)
    await this.#container(content, head)
    // Whatever else it looks like, Python would try to load it from its first byte.
    if (head.length > 0) await this.#pickles({ source, name }, pickleName.test(name) && !isContainer(head))
  }

  async #container(content: Content, head: Buffer): Promise<void> {
    const { name, depth } = content
    if (depth <= maxDepth) await this.#compressed(content, head)
    if (head.subarray(0, npyMagic.length).equals(npyMagic)) await this.#npy(content)
    if (isZip(head) || (zipName.test(name) && depth === 0)) await this.#zip(content, isZip(head))
    if (isTar(head)) this.#note(name, '(tar archive: its files cannot be read)')
  }

  async #compressed(content: Content, head: Buffer): Promise<void> {
    const { name, source, depth } = content
    const packing = packingOf(head)
    if (packing?.kind === 'unreadable') this.#note(name, `(${packing.name} compression cannot be read)`)
    if (packing?.kind !== 'readable') return
    const packed: ByteSource = {
      sizeBytes: undefined,
      open: (offset) => source.open(packing.offset + offset),
    }
    await this.#packed({ name, source: unpacked(packed, packing.createUnpacker), depth: depth + 1 })
  }

  async #packed(content: Content): Promise<void> {
    const before = this.#findings.length
    try {
      await this.content(content)
    } catch (error) {
      if (!isUnpackingError(error)) throw error
      this.#note(content.name, '(compressed content is damaged)')
    }
    // Only joblib and pandas read pickles that are compressed as a whole.
    if (this.#findings.length > before && this.#format === 'pickle') this.#found('joblib')
  }

  async #npy({ name, source }: Content): Promise<void> {
    const header = await readNpyHeader(source, this.#signal)
    this.#found('npy')
    if (header.kind === 'unreadable') this.#note(name, '(header of the array cannot be read)')
    if (header.kind === 'pickle') await this.#pickles({ name, source, offset: header.offset }, true)
  }

  async #zip(content: Content, certain: boolean): Promise<void> {
    const { name, source, depth } = content
    if (source.sizeBytes === undefined || depth >= maxDepth)
      return this.#note(name, '(zip archive in an archive)')
    const listing = await listZip(source, this.#signal)
    if (listing.kind === 'unreadable') {
      if (certain) this.#note(name, `(${listing.reason})`)
      return
    }
    for (const member of listing.members) {
      const file = `${name}!${member.name}`
      if (member.encrypted) this.#note(file, '(encrypted file cannot be read)')
      const opened = await openMember(source, member, this.#signal)
      if (!opened) this.#note(file, '(file of a zip archive cannot be read)')
      else await this.#packed({ name: file, source: opened, depth: depth + 1 })
      if (/(^|\/)data\.pkl$/.test(member.name)) this.#found('torch')
    }
  }

  /** `certain`: a content that is no pickle is a finding, too. */
  async #pickles(at: { name: string; source: ByteSource; offset?: number }, certain: boolean): Promise<void> {
    const { name, source, offset = 0 } = at
    const reader = new PickleReader(source, { offset, signal: this.#signal })
    try {
      const findings = await readAll(reader, certain || (await hasProtocol(source, offset, this.#signal)))
      if (!findings) return
      this.#findings.push({ file: name, findings })
      this.#found(findings.joblib ? 'joblib' : 'pickle')
    } finally {
      reader.close()
    }
  }

  #note(file: string, text: string): void {
    const findings = new Findings()
    findings.noted(text, 'suspicious')
    this.#findings.push({ file, findings })
  }

  #found(format: Format): void {
    if (formats.indexOf(format) > formats.indexOf(this.#format)) this.#format = format
  }
}

/**
 * All pickles that lie one behind the other; undefined when there is none. A few bytes of any file can be a pickle of
 * a number, so that without other signs only imports make one.
 */
async function readAll(reader: PickleReader, certain: boolean): Promise<Findings | undefined> {
  const findings = new Findings()
  const ending = await reader.read(findings)
  if (ending === 'stopped') await readRest(reader, findings)
  else if (certain) findings.noted(`(pickle that is ${endings[ending]})`, 'suspicious')
  const telling = ending === 'stopped' || findings.verdict === 'dangerous'
  return certain || (telling && findings.imports.length > 0) ? findings : undefined
}

/** What a program finds that goes on loading; bytes of another kind may follow as well. */
async function readRest(reader: PickleReader, findings: Findings): Promise<void> {
  for (let count = 1; !(await reader.atEnd()); count += 1) {
    if (count > maxPickles) return findings.noted('(too many pickles in one file)', 'suspicious')
    const next = new Findings()
    if ((await reader.read(next)) !== 'stopped') return findings.addPlausible(next)
    findings.add(next)
  }
}

const endings = {
  truncated: 'cut short',
  invalid: 'damaged',
  unreadable: 'readable in part only',
} as const

/** Since protocol 2 a pickle says so in its first bytes. */
async function hasProtocol(source: ByteSource, offset: number, signal: AbortSignal): Promise<boolean> {
  const reader = new ByteReader(source, { offset, signal })
  try {
    return (await reader.fill(2)) && reader.takeByte() === 0x80 && reader.takeByte() <= 5
  } finally {
    reader.close()
  }
}

function isContainer(head: Buffer): boolean {
  return packingOf(head) !== undefined || isZip(head) || isTar(head) || head.subarray(0, 6).equals(npyMagic)
}

/** With files, and without any. */
const zipStarts = new Set([0x504b0304, 0x504b0506])

function isZip(head: Buffer): boolean {
  return head.length >= 4 && zipStarts.has(head.readUInt32BE(0))
}

function isTar(head: Buffer): boolean {
  return head.toString('latin1', 257, 262) === 'ustar'
}
