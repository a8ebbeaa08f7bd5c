/** Tar headers as we write them: ustar, and pax records only where ustar cannot say it. */

export interface TarHeader {
  /** A folder's path ends in `/`. */
  path: string
  kind: 'file' | 'directory' | 'symlink'
  mode: number
  sizeBytes: number
  target?: string
}

export const blockBytes = 512

/** Two empty blocks end an archive. */
export const endOfArchive = Buffer.alloc(2 * blockBytes)

/** Zero bytes that fill up the last block of `sizeBytes`. */
export function padding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes)
}

/**
 * One entry's header blocks. They depend on the arguments alone: owner 0, time 0. Written here and not by a library,
 * since an upgrade of a library must not change every digest.
 */
export function encodeHeader(header: TarHeader): Buffer {
  const { path, target = '', sizeBytes } = header
  const place = placeName(path)
  const longTarget = !fits(target, 100)
  const tooLarge = sizeBytes > maxOctalSize
  const main = encodeBlock({
    ...(place ?? { name: stand(path), prefix: '' }),
    flag: flags[header.kind],
    mode: header.mode,
    sizeBytes: tooLarge ? 0 : sizeBytes,
    target: longTarget ? stand(target) : target,
  })
  const records = [
    ...(longTarget ? [paxRecord('linkpath', target)] : []),
    ...(place ? [] : [paxRecord('path', path)]),
    ...(tooLarge ? [paxRecord('size', String(sizeBytes))] : []),
  ]
  return records.length === 0 ? main : Buffer.concat([encodePax(records), main])
}

const flags = { file: '0', directory: '5', symlink: '2' } as const

/** Eleven octal digits. */
const maxOctalSize = 0o77777777777

interface Block {
  name: string
  prefix: string
  flag: string
  mode: number
  sizeBytes: number
  target: string
}

function encodePax(records: readonly string[]): Buffer {
  const body = Buffer.from(records.join(''))
  const header = {
    name: 'pax-header',
    prefix: '',
    flag: 'x',
    mode: 0o644,
    sizeBytes: body.length,
    target: '',
  }
  return Buffer.concat([encodeBlock(header), body, padding(body.length)])
}

/** `<length> key=value\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (rest + String(length).length > length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

function encodeBlock(block: Block): Buffer {
  const bytes = Buffer.alloc(blockBytes)
  bytes.write(block.name, 0, 100, 'latin1')
  bytes.write(octal(block.mode, 7), 100, 'latin1')
  bytes.write(octal(0, 7), 108, 'latin1')
  bytes.write(octal(0, 7), 116, 'latin1')
  bytes.write(octal(block.sizeBytes, 11), 124, 'latin1')
  bytes.write(octal(0, 11), 136, 'latin1')
  bytes.write(' '.repeat(8), 148, 'latin1')
  bytes.write(block.flag, 156, 'latin1')
  bytes.write(block.target, 157, 100, 'latin1')
  bytes.write('ustar\u000000', 257, 'latin1')
  bytes.write(octal(0, 7), 329, 'latin1')
  bytes.write(octal(0, 7), 337, 'latin1')
  bytes.write(block.prefix, 345, 155, 'latin1')
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${octal(sum, 6)}\0 `, 148, 'latin1')
  return bytes
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}

/** Where the path goes in a ustar header: whole, or cut at a slash; undefined when it needs a pax record. */
function placeName(path: string): { name: string; prefix: string } | undefined {
  if (fits(path, 100)) return { name: path, prefix: '' }
  if (!fits(path, 256)) return undefined
  const cut = path.indexOf('/', path.length - 101)
  if (cut <= 0 || cut > 155 || cut === path.length - 1) return undefined
  return { name: path.slice(cut + 1), prefix: path.slice(0, cut) }
}

function fits(text: string, maxBytes: number): boolean {
  return text.length <= maxBytes && /^[\x20-\x7e]*$/.test(text)
}

/** What programs that know no pax records see instead. */
function stand(text: string): string {
  return text.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, '_')
}
