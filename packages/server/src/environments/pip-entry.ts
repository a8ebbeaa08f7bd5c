/** Reads the entries of a conda file's `pip:` list: requirements, and the options that can be honoured. */
import { ApiError } from '@slipway/contract'
import type { PipEntry } from './conda-file.ts'

/** What the installer is told besides the requirements. */
export interface IndexOptions {
  indexUrl?: string
  extraIndexUrls: string[]
  findLinks: string[]
  /** Take pre-releases too. */
  prereleases: boolean
}

/** One requirement of the environment, in the form of PEP 508. */
export interface Requirement {
  /** Normalised name: lower case, words joined by `-`. */
  name: string
  extras: string[]
  /** What goes to the installer. */
  text: string
  /** Line of the conda file that asks for it, counted from 1. */
  line: number
}

/** PEP 503: how two spellings of one name are compared. */
export function normalizeName(name: string): string {
  return name.replaceAll(/[-_.]+/g, '-').toLowerCase()
}

/** A requirement, or nothing when the entry was an option, which is then added to `options`. */
export function readPipEntry(entry: PipEntry, options: IndexOptions): Requirement | undefined {
  const text = entry.text.replace(/(^|\s)#.*$/, '').trim()
  if (text === '') return undefined
  if (text.startsWith('-')) {
    readOptions(text, entry.line, options)
    return undefined
  }
  return readRequirement(text, entry.line)
}

function readOptions(text: string, line: number, options: IndexOptions): void {
  const words = text.split(/\s+/).flatMap((word) => word.split(/(?<=^--[\w-]+)=/))
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '--pre') options.prereleases = true
    else if (word !== '--prefer-binary') readUrlOption({ word, url: words[(at += 1)], line }, options)
  }
}

function readUrlOption(
  { word, url, line }: { word: string; url: string | undefined; line: number },
  options: IndexOptions,
): void {
  const add = urlOptions[word]
  if (!add) throw refusal(word, line, refusals.get(word) ?? 'this option of pip is not taken here.')
  if (!url || !/^https?:\/\//.test(url))
    throw refusal(word, line, `it needs an http or https address, got ${url ?? 'nothing'}.`)
  add(options, url)
}

const urlOptions: Record<string, (options: IndexOptions, url: string) => void> = {
  '-i': (options, url) => void (options.indexUrl = url),
  '--index-url': (options, url) => void (options.indexUrl = url),
  '--extra-index-url': (options, url) => void options.extraIndexUrls.push(url),
  '-f': (options, url) => void options.findLinks.push(url),
  '--find-links': (options, url) => void options.findLinks.push(url),
}

const anotherFile = 'it names another file; write its lines into the pip list.'
const sourceFolder =
  'it names a source folder; add the package to the image as a file, or name a wheel by https.'
const refusals = new Map([
  ['-r', anotherFile],
  ['--requirement', anotherFile],
  ['-c', anotherFile],
  ['--constraint', anotherFile],
  ['-e', sourceFolder],
  ['--editable', sourceFolder],
])

function readRequirement(text: string, line: number): Requirement {
  if (/\s--/.test(text)) throw refusal(text, line, 'options behind a requirement are not taken.')
  if (/(^|\s)(git|hg|svn|bzr)\+/.test(text))
    throw refusal(text, line, 'a repository has no hash to check; name an archive of one commit by https.')
  if (/^https?:\/\//.test(text)) return fromUrl(text, line)
  if (
    /^[./~]|^file:|^[A-Za-z]:\\|@\s*(file:|\.|\/)|\.(whl|tar\.gz|zip)$/.test(text) &&
    !/@\s*https?:/.test(text)
  )
    throw refusal(text, line, sourceFolder)
  return fromSpecifier(text, line)
}

function fromUrl(url: string, line: number): Requirement {
  const file = new URL(url).pathname.split('/').at(-1) ?? ''
  const name = /#(?:.*&)?egg=([\w.-]+)/.exec(url)?.[1] ?? /^([A-Za-z0-9_.]+?)-\d/.exec(file)?.[1]
  if (name === undefined)
    throw refusal(url, line, 'its name is not in the address; write it as name @ address.')
  return { name: normalizeName(name), extras: [], text: `${name} @ ${url}`, line }
}

const specifier = /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(\(?[=<>!~@;].*)?$/

function fromSpecifier(text: string, line: number): Requirement {
  const [matched, name = '', extras = ''] = specifier.exec(text) ?? []
  if (matched === undefined)
    throw new ApiError('invalid', `line ${line} of the conda file: ${text} is not a pip requirement`, {
      hint: 'Write it as name, name==1.17.3 or name>=1.16,<2.',
    })
  const names = extras.split(',').map((extra) => normalizeName(extra.trim()))
  return { name: normalizeName(name), extras: names.filter((extra) => extra !== ''), text, line }
}

function refusal(what: string, line: number, why: string): ApiError {
  return new ApiError('unsupported', `line ${line} of the conda file: ${what} is refused: ${why}`, {
    hint: 'Take it out of the pip list, or replace it as the message says.',
  })
}
