/** Takes the path of this machine's Python out of installed scripts, so that equal packages are equal files. */
import { createHash } from 'node:crypto'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Scripts in `bin` start with whatever python3 is first on the PATH; the RECORD files are kept true. */
export async function makeScriptsPortable(siteDir: string): Promise<void> {
  const binDir = path.join(siteDir, 'bin')
  const names = await readdir(binDir).catch((): string[] => [])
  const changed = new Map<string, Buffer>()
  for (const name of names.sort()) {
    const content = portable(await readFile(path.join(binDir, name)))
    if (content) changed.set(name, content)
  }
  for (const [name, content] of changed) await replaceFile(path.join(binDir, name), content, 0o755)
  if (changed.size > 0) await correctRecords(siteDir, changed)
}

const generic = '#!/usr/bin/env python3'
/** The two-line form is for paths that are too long or have spaces. */
const absolute = /^(?:#!\/bin\/sh\n'''exec' [^\n]*python[^\n]*\n' '''|#!\/[^\n]*python[\d.]*)(?=\r?\n)/

/** The script with a first line that fits every machine, or nothing when it need not change. */
function portable(content: Buffer): Buffer | undefined {
  const text = content.subarray(0, 4096).toString('latin1')
  const [line] = absolute.exec(text) ?? []
  if (line === undefined || line === generic) return undefined
  return Buffer.concat([Buffer.from(generic), content.subarray(line.length)])
}

async function correctRecords(siteDir: string, changed: ReadonlyMap<string, Buffer>): Promise<void> {
  const folders = (await readdir(siteDir)).filter((name) => name.endsWith('.dist-info'))
  for (const folder of folders) {
    const file = path.join(siteDir, folder, 'RECORD')
    const text = await readFile(file, 'utf8').catch(() => '')
    const corrected = text.replaceAll(
      /^((?:\.\.\/)*bin\/([^,\n]+)),.*$/gm,
      (line, where: string, name: string) => {
        const content = changed.get(name)
        return content ? `${where},${recordOf(content)}` : line
      },
    )
    if (corrected !== text) await replaceFile(file, corrected, 0o644)
  }
}

function recordOf(content: Buffer): string {
  return `sha256=${createHash('sha256').update(content).digest('base64url')},${content.length}`
}

/** A new file: the old one may be linked to the cache, which must not change. */
async function replaceFile(file: string, content: Buffer | string, mode: number): Promise<void> {
  const aside = `${file}.new`
  await writeFile(aside, content, { mode })
  await rename(aside, file)
}
