// Reads the JUnit file that pytest writes.
import type { Report } from './report.ts'

const testCase = /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g

/** Counts the test cases of a JUnit document; skips come with the reason that pytest noted. */
export function reportFromJunit(xml: string): Report {
  const report: Report = { passed: 0, failures: [], skipped: [] }
  for (const [, attributes = '', body = ''] of xml.matchAll(testCase)) {
    const name = `${attribute(attributes, 'classname')}.${attribute(attributes, 'name')}`
    const skipped = /<skipped\b([^>]*)/.exec(body)
    if (/<(failure|error)\b/.test(body)) report.failures.push(name)
    else if (skipped) report.skipped.push({ name, reason: attribute(skipped[1] ?? '', 'message') })
    else report.passed += 1
  }
  return report
}

function attribute(text: string, name: string): string {
  const [, value = ''] = new RegExp(`\\b${name}="([^"]*)"`).exec(text) ?? []
  return value.replaceAll(/&(amp|lt|gt|quot|apos|#10);/g, (_, entity: string) => entities[entity] ?? '')
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#10': ' ' }
