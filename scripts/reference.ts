/** Writes docs/reference out of the code:  npm run docs;  with --check it only tells which pages differ. */
import path from 'node:path'
import { differingPages, makePages, writePages } from './reference/pages.ts'

const folder = path.resolve(import.meta.dirname, '..', 'docs', 'reference')

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => arg !== '--check')
  if (unknown.length > 0) {
    process.stderr.write(`unknown: ${unknown.join(' ')}; the only flag is --check\n`)
    return 2
  }
  const pages = await makePages()
  if (!args.includes('--check')) {
    await writePages(folder, pages)
    return 0
  }
  const differing = await differingPages(folder, pages)
  if (differing.length === 0) return 0
  process.stderr.write(`docs/reference differs from the code: ${differing.join(', ')}. Run: npm run docs\n`)
  return 1
}

process.exitCode = await main(process.argv.slice(2))
