/** Says which rule a value breaks, where the schema does not say so in words of its own. */
import type * as z from 'zod'

type Issue<Code extends string> = Extract<z.core.$ZodRawIssue, { code: Code }>

/** For the option `error` of a parse: one phrase that begins with `must`. */
export const brokenRule: z.core.$ZodErrorMap = (issue) => (isMissing(issue) ? 'must be given' : ruleOf(issue))

function isMissing({ code, input }: z.core.$ZodRawIssue): boolean {
  return input === undefined && (code === 'invalid_type' || code === 'invalid_value')
}

function ruleOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeRule(issue.expected)
    case 'invalid_value':
      return choiceRule(issue)
    case 'too_small':
      return leastRule(issue)
    case 'too_big':
      return mostRule(issue)
    case 'invalid_format':
      return formatRule(issue)
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_union':
      return unionRule(issue)
    case 'invalid_key':
      return issue.issues[0]?.message
    default:
      return undefined
  }
}

const types: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

function typeRule(expected: string): string {
  return `must be ${types[expected] ?? `of type ${expected}`}`
}

function choiceRule({ values, ...rest }: Issue<'invalid_value'>): string {
  // A switch in a query takes many words for two meanings.
  if ('expected' in rest && rest.expected === 'stringbool') return typeRule('boolean')
  const words = values.map(String)
  const last = words.pop()
  return `must be ${words.length === 0 ? last : `${words.join(', ')} or ${last}`}`
}

function leastRule(issue: Issue<'too_small'>): string {
  if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty'
  return boundRule(issue, issue.inclusive ? 'at least' : 'more than', issue.minimum)
}

function mostRule(issue: Issue<'too_big'>): string {
  return boundRule(issue, issue.inclusive ? 'at most' : 'less than', issue.maximum)
}

/** What is counted in values that have a length. */
const units: Readonly<Record<string, { verb: string; unit: string }>> = {
  string: { verb: 'be', unit: 'character' },
  array: { verb: 'hold', unit: 'item' },
  set: { verb: 'hold', unit: 'item' },
}

function boundRule(
  { origin, exact }: Issue<'too_small' | 'too_big'>,
  than: string,
  bound: number | bigint,
): string {
  const counted = units[origin]
  if (!counted) return `must be ${than} ${bound}`
  const { verb, unit } = counted
  return `must ${verb} ${exact ? 'exactly' : than} ${bound} ${bound === 1 ? unit : `${unit}s`}`
}

function formatRule({ format, pattern }: Issue<'invalid_format'>): string {
  if (format === 'datetime') return 'must be a time such as 2026-01-31T12:00:00Z'
  return format === 'regex' ? `must match ${pattern}` : `must be a valid ${format}`
}

function unionRule({ errors }: Issue<'invalid_union'>): string {
  return [...new Set(errors.flatMap(([first]) => first?.message ?? []))].join(', or ')
}
