/** Conda version constraints translated to those of Python packages (PEP 440). */
const operators = /^(===?|=|!=|~=|>=|<=|>|<)?\s*(.+)$/
const pep440 =
  /^(\d+!)?\d+(\.\d+)*(([-_.]?(a|b|c|rc|alpha|beta|pre|preview|dev|post|rev|r)[-_.]?\d*)|-\d+)*(\+[a-z0-9.]+)?$/i

/** `=1.17` → `==1.17.*`, `>=1.16,<2` as it is; undefined when Python packages cannot express it. */
export function toPep440(constraint: string): string | undefined {
  if (constraint === '' || constraint === '*') return ''
  if (/[|^$()]/.test(constraint)) return undefined
  const clauses = constraint.split(',').map((clause) => translateClause(clause.trim()))
  if (clauses.includes(undefined)) return undefined
  return clauses.filter((clause) => clause !== '').join(',')
}

function translateClause(clause: string): string | undefined {
  const [, operator = '', version = ''] = operators.exec(clause) ?? []
  if (clause === '*' || version === '*') return ''
  const wildcard = /[.]?\*$/.test(version)
  const base = version.replace(/[.]?\*$/, '')
  if (!pep440.test(base)) return undefined
  return joinClause(operator, base, wildcard)
}

function joinClause(operator: string, base: string, wildcard: boolean): string {
  if (operator === '=') return prefixOf(base)
  if (operator === '' || operator === '==') return wildcard ? prefixOf(base) : `==${base}`
  if (operator === '!=' && wildcard) return `!=${base}.*`
  if (operator === '~=' && !base.includes('.')) return `>=${base}`
  return `${operator}${base}`
}

/** Only a plain release can be a prefix: `==1.0b1.*` is not a version. */
function prefixOf(base: string): string {
  return /^(\d+!)?\d+(\.\d+)*$/.test(base) ? `==${base}.*` : `==${base}`
}
