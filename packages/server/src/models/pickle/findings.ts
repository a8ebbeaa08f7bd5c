/** What was found in pickles: imports with a verdict on each, and other things that a person should look at. */
import type { MachineEvents } from './machine.ts'
import { judge, worse } from './policy.ts'
import type { Verdict } from './policy.ts'

export interface Finding {
  /** `module.name`, or in parentheses what else was found. */
  import: string
  verdict: 'suspicious' | 'dangerous'
}

/** More than any library has names; past it a file is suspicious by itself. */
const maxImports = 10_000
const maxFindings = 1_000

/** Where libraries write their version into the state of their objects: key → library. */
const versionKeys = new Map([['_sklearn_version', 'scikit-learn']])

export class Findings implements MachineEvents {
  readonly #imports = new Map<string, Verdict>()
  readonly #notes = new Map<string, Finding['verdict']>()
  readonly #versions = new Map<string, string>()
  #joblib = false

  get imports(): string[] {
    return [...this.#imports.keys()]
  }

  get joblib(): boolean {
    return this.#joblib
  }

  get versions(): ReadonlyMap<string, string> {
    return this.#versions
  }

  /** In the order found. */
  get list(): Finding[] {
    const all = [...this.#imports, ...this.#notes].flatMap(([text, verdict]): Finding[] =>
      verdict === 'clean' ? [] : [{ import: text, verdict }],
    )
    return [...all.filter(isDangerous), ...all.filter((finding) => !isDangerous(finding))].slice(
      0,
      maxFindings,
    )
  }

  get verdict(): Verdict {
    return this.list.reduce<Verdict>((verdict, finding) => worse(verdict, finding.verdict), 'clean')
  }

  imported(module: string, name: string): void {
    const text = `${module}.${name}`.slice(0, 300)
    if (this.#imports.has(text)) return
    const verdict = judge(module, name)
    // Dangerous ones always have their place.
    if (this.#imports.size < maxImports || verdict === 'dangerous') this.#imports.set(text, verdict)
    else this.noted(`(imports more than ${maxImports} names)`, 'suspicious')
  }

  noted(text: string, verdict: Finding['verdict']): void {
    this.#notes.set(text, verdict)
  }

  pair(key: string, value: string): void {
    const library = versionKeys.get(key)
    if (library !== undefined && !this.#versions.has(library) && /^\d[\w.+-]{0,40}$/.test(value))
      this.#versions.set(library, value)
  }

  sawJoblib(): void {
    this.#joblib = true
  }

  add(other: Findings): void {
    for (const [text, verdict] of other.#imports) this.#imports.set(text, verdict)
    for (const [text, verdict] of other.#notes) this.#notes.set(text, verdict)
    for (const [library, version] of other.#versions)
      if (!this.#versions.has(library)) this.#versions.set(library, version)
    this.#joblib ||= other.#joblib
  }

  /** Of bytes that may be no pickle at all: what harms if they are one, and imports that look like names. */
  addPlausible(other: Findings): void {
    for (const [text, verdict] of other.#imports)
      if (verdict !== 'clean' && (verdict === 'dangerous' || plausible.test(text)))
        this.#imports.set(text, verdict)
    if (other.#imports.size === 0) return
    for (const [text, verdict] of other.#notes) if (verdict === 'dangerous') this.#notes.set(text, verdict)
  }
}

const plausible = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/

function isDangerous({ verdict }: Finding): boolean {
  return verdict === 'dangerous'
}
