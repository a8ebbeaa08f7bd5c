/** The texts of protocol 0, where strings are written as Python source. */

const letters: Record<string, string> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
}

/** The text of a STRING operand such as `'a\x62c'`; undefined when it is not quoted. */
export function unquote(text: string): string | undefined {
  const quote = text[0]
  if (text.length < 2 || (quote !== "'" && quote !== '"') || !text.endsWith(quote)) return undefined
  return text
    .slice(1, -1)
    .replaceAll(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[^])/g, (whole, escape: string) => unescape(escape) ?? whole)
}

/** The text of a UNICODE operand: `\u0041` and `\U00000041` are escapes, nothing else is. */
export function decodeRawUnicode(text: string): string {
  return text.replaceAll(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
    (whole, short?: string, long?: string) => {
      const point = Number.parseInt(short ?? long ?? '', 16)
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole
    },
  )
}

/** The number of an INT or LONG operand. */
export function parseInteger(text: string): number | undefined {
  const digits = text
    .trim()
    .replace(/L$/, '')
    .replaceAll(/(?<=\d)_(?=\d)/g, '')
  return /^[+-]?\d{1,15}$/.test(digits) ? Number(digits) : undefined
}

function unescape(escape: string): string | undefined {
  if (escape.startsWith('x') && escape.length === 3)
    return String.fromCodePoint(Number.parseInt(escape.slice(1), 16))
  if (/^[0-7]/.test(escape)) return String.fromCodePoint(Number.parseInt(escape, 8) & 0xff)
  if (escape === '\\' || escape === "'" || escape === '"') return escape
  return letters[escape]
}
