/** The reference pages: made out of the code, written into a folder, or compared with what is there. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { apiPage } from './api-page.ts'
import { cliPage } from './cli-page.ts'
import { configPage } from './config-page.ts'
import { errorsPage } from './errors-page.ts'
import { metricsPage } from './metrics-page.ts'

/** Text by file name. */
export type Pages = Readonly<Record<string, string>>

/** The same text for the same code, on every machine. */
export async function makePages(): Promise<Pages> {
  const texts = {
    'api.md': apiPage(),
    'cli.md': await cliPage(),
    'config.md': configPage(),
    'errors.md': errorsPage(),
    'metrics.md': metricsPage(),
  }
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, `${notice}\n\n${text}\n`]))
}

const notice = '<!-- Made by `npm run docs` out of the code: change it there. -->'

export async function writePages(folder: string, pages: Pages): Promise<void> {
  await mkdir(folder, { recursive: true })
  await Promise.all(Object.entries(pages).map(([name, text]) => writeFile(path.join(folder, name), text)))
}

/** Names of the pages that differ, are missing, or should not be there. */
export async function differingPages(folder: string, pages: Pages): Promise<string[]> {
  const found = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.md'))
  const names = [...new Set([...found, ...Object.keys(pages)])].toSorted()
  const states = await Promise.all(names.map((name) => isCurrent(path.join(folder, name), pages[name])))
  return names.filter((_, index) => !states[index])
}

async function isCurrent(file: string, text: string | undefined): Promise<boolean> {
  return text !== undefined && (await readFile(file, 'utf8').catch(() => undefined)) === text
}
