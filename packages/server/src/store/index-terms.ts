/** Turns tags, properties and indexed fields into the terms by which lists find resources. */
import { createHash } from 'node:crypto'
import type { ListOptions } from './resource-store.ts'
import type { About } from './resource-tables.ts'

/** All terms of one resource, each once: for each pair one for the key and one for the key with its value. */
export function termsOf(kind: string, about: About): string[] {
  const terms = [
    ...pairTerms(kind, 'tag', about.tags),
    ...pairTerms(kind, 'property', about.properties),
    ...Object.entries(about.indexed).map(([field, value]) => term([kind, 'field', field, value])),
  ]
  return [...new Set(terms)]
}

/** The terms a list asks for. */
export function wantedTerms({ kind, tags = [], properties = [], where = {} }: ListOptions): string[] {
  return [
    ...Object.entries(where).map(([field, value]) => term([kind, 'field', field, value])),
    ...tags.map((filter) => term([kind, 'tag', ...splitPair(filter)])),
    ...properties.map((filter) => term([kind, 'property', ...splitPair(filter)])),
  ]
}

function pairTerms(kind: string, type: string, pairs: Record<string, string>): string[] {
  return Object.entries(pairs).flatMap(([key, value]) => [
    term([kind, type, key]),
    term([kind, type, ...splitPair(`${key}=${value}`)]),
  ])
}

/** A filter is cut at its first `=`; pairs are cut the same way, so that a key with `=` in it is still found. */
function splitPair(filter: string): string[] {
  const cut = filter.indexOf('=')
  return cut < 0 ? [filter] : [filter.slice(0, cut), filter.slice(cut + 1)]
}

/** 128 bits of SHA-256: short rows in the index, whatever the length of keys and values. */
function term(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)
}
