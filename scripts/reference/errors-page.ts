/** The page of errors: one heading per code, which is where the `type` of a problem points. */
import { ApiError, errorCodes, toProblem } from '@slipway/contract'
import { blocks, code } from './markdown.ts'

export function errorsPage(): string {
  const sections = Object.entries(errorCodes).map(([name, { status, title, help }]) =>
    blocks(`## ${name}`, `Status ${status}. ${title}`, `What to do: ${help}`),
  )
  return blocks('# Errors', introduction, ...sections)
}

const example = toProblem(
  new ApiError('in-use', 'the model diabetes:1 is used', {
    hint: 'Delete the users first.',
    users: ['image/diabetes:1'],
  }),
  '0e9b0f0c-6a0c-4d53-9a53-6f8f4d9c8a52',
)

const introduction = blocks(
  'The API answers every failure with a problem document (RFC 9457, `application/problem+json`). `code` is stable and meant for programs, `detail` states the rule and the value at fault, `hint` says what to do. Where they help there are also `fields` (paths into the request), `users` (who stands in the way) and `requestId` (finds the request in the log).',
  ['```json', JSON.stringify(example, undefined, 2), '```'].join('\n'),
  `The command line prints ${code('error: detail')} and ${code('hint: …')}, or the whole document with ${code('--output json')}; [its exit code](cli.md#exit-codes) follows from the code. Services answer scoring requests in the words of Azure’s scoring server instead: see [scoring scripts](../guide/scoring-scripts.md#what-callers-see).`,
)
