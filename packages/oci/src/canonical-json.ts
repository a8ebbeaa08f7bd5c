/** JSON with one spelling per value: keys in order, no spaces, nothing undefined. */
import { compareText } from './layer-entry.ts'

export function canonicalJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value, sortKeys))
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => compareText(left, right)))
}
