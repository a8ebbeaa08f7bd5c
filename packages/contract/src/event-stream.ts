/** Reads server-sent events from a stream of bytes, as the HTML standard describes the format. */

export interface ServerEvent {
  /** Identity to resume after; the last one sent stays in force. */
  id: string | undefined
  /** `message` unless the server named it. */
  type: string
  data: string
}

/** Yields each event when its closing blank line has come; an unfinished one at the end is dropped. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  let draft = emptyDraft(undefined)
  for await (const line of readLines(body)) {
    if (line !== '') {
      addField(draft, line)
      continue
    }
    if (draft.data.length > 0) yield { id: draft.id, type: draft.type, data: draft.data.join('\n') }
    draft = emptyDraft(draft.id)
  }
}

interface Draft {
  id: string | undefined
  type: string
  data: string[]
}

function emptyDraft(id: string | undefined): Draft {
  return { id, type: 'message', data: [] }
}

function addField(draft: Draft, line: string): void {
  const colon = line.indexOf(':')
  const name = colon === -1 ? line : line.slice(0, colon)
  const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
  if (name === 'data') draft.data.push(value)
  if (name === 'event') draft.type = value === '' ? 'message' : value
  if (name === 'id' && !value.includes('\0')) draft.id = value === '' ? undefined : value
}

/** Lines ended by LF, CR LF or CR; text after the last end is dropped, as an event needs a blank line. */
async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    // A CR at the end may be half of CR LF: it waits for the next chunk.
    const ready = rest.endsWith('\r') ? rest.length - 1 : rest.length
    const lines = rest.slice(0, ready).split(/\r\n|\n|\r/)
    rest = (lines.pop() ?? '') + rest.slice(ready)
    yield* lines
  }
  if (rest.endsWith('\r')) yield rest.slice(0, -1)
}
