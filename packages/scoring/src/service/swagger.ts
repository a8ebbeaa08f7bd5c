/** Chooses among the descriptions of a service's API that its worker has made. */
import { messageReply, type Reply } from '../http/replies.ts'

const aliases = new Map([
  ['2', '2'],
  ['2.0', '2'],
  ['3', '3'],
  ['3.0', '3'],
  ['3.1', '3.1'],
])
const known = ['2', '3', '3.1']

/** `query` is what follows the question mark; without a version it is Swagger 2. */
export function swaggerReply(documents: Readonly<Record<string, string>>, query: string): Reply {
  const asked = new URLSearchParams(query).get('version') ?? '2'
  const version = aliases.get(asked)
  if (version === undefined)
    return messageReply(
      404,
      `Swagger version [${asked}] is not valid. Supported versions: [${known.join(', ')}].`,
    )
  const document = documents[version]
  if (document !== undefined) return { status: 200, failed: false, body: Buffer.from(document) }
  const offered = known.filter((each) => documents[each] !== undefined).join(', ')
  return messageReply(
    404,
    `Swagger version [${asked}] is not supported for the scoring script. Supported swagger versions: [${offered}].`,
  )
}
