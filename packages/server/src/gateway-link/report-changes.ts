/** Leaves out of reports what the API has been told already. */

type ByVersion<Value> = Record<string, Record<string, Value>>

/** Values by prefix and version, as they were reported last. */
export class ReportChanges<Value> {
  #told = new Map<string, string>()
  #telling = new Map<string, string>()

  /** Of these, the ones that the API has not been told. */
  select(all: ByVersion<Value>): ByVersion<Value> {
    this.#telling = new Map()
    const changed: ByVersion<Value> = {}
    for (const [prefix, versions] of Object.entries(all)) {
      const text = JSON.stringify(versions)
      this.#telling.set(prefix, text)
      if (this.#told.get(prefix) !== text) changed[prefix] = versions
    }
    return changed
  }

  /** The API has what was selected last, and what it has been told before if it `isKnown` there. */
  confirm({ isKnown }: { isKnown: boolean }): void {
    this.#told = isKnown ? this.#telling : new Map()
  }
}
