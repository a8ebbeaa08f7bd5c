/** Conda match specifications, as they are written in the `dependencies` of a conda file. */
export interface MatchSpec {
  /** Lower case, as conda compares names. */
  name: string
  channel?: string
  /** The version part as written, with its operator: `=1.17`, `==1.17.3`, `>=1.16,<2`. */
  version?: string
  build?: string
}

/** What `text` asks for, or undefined when it is not a match specification by name. */
export function parseMatchSpec(text: string): MatchSpec | undefined {
  const { channel, rest } = splitChannel(text.trim())
  const { head, options } = splitBrackets(rest)
  const match = /^([A-Za-z0-9_][\w.-]*)\s*(.*)$/.exec(head)
  if (!match || options === undefined) return undefined
  const [, name = '', constraint = ''] = match
  if (!/^[\w.*+!<>=~,|^$() -]*$/.test(constraint)) return undefined
  const { version, build } = splitConstraint(constraint.trim())
  return clean({
    name: name.toLowerCase(),
    channel: channel ?? options.get('channel'),
    version: options.get('version') ?? version,
    build: options.get('build') ?? build,
  })
}

function splitChannel(text: string): { channel?: string; rest: string } {
  const at = text.indexOf('::')
  if (at === -1) return { rest: text }
  return { channel: text.slice(0, at).trim(), rest: text.slice(at + 2).trim() }
}

/** `numpy[version='>=1.17', build=py37]`: the part in brackets wins over the rest. */
function splitBrackets(text: string): { head: string; options: Map<string, string> | undefined } {
  const match = /^([^[\]]*)(?:\[([^\]]*)\])?$/.exec(text)
  if (!match) return { head: text, options: undefined }
  const [, head = '', inside = ''] = match
  const pairs = inside.matchAll(/(\w+)\s*=\s*(?:'([^']*)'|"([^"]*)"|([^,\s]+))/g)
  const options = [...pairs].map(
    ([, key = '', single, double, bare]) => [key, single ?? double ?? bare ?? ''] as const,
  )
  return { head: head.trim(), options: new Map(options) }
}

/** A build string follows after `=` or after a space; `name version` by space asks for exactly that version. */
function splitConstraint(text: string): { version?: string; build?: string } {
  if (text === '') return {}
  const pinned = /^(=?=?)\s*([^=<>!~,|\s]+)(?:\s*=\s*|\s+)([\w*.-]+)$/.exec(text)
  if (pinned) return { version: `==${pinned[2]}`, build: pinned[3] }
  const compact = text.replaceAll(/\s*([,|<>=!~]+)\s*/g, '$1')
  if (/^[\w*]/.test(compact)) return { version: /[*,|]/.test(compact) ? compact : `==${compact}` }
  return { version: compact }
}

function clean(spec: { [Key in keyof MatchSpec]: MatchSpec[Key] | undefined }): MatchSpec {
  const entries = Object.entries(spec).filter(([, value]) => value !== undefined && value !== '*')
  return Object.fromEntries(entries) as unknown as MatchSpec
}
