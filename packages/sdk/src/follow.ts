/** Follows a route that streams events, going on after a broken connection where it stopped. */
import { ApiError, fromProblem, readEvents, type Route, type ServerEvent } from '@slipway/contract'
import { open, unreachable, type RouteCall } from './call.ts'
import { backoffMs, delay } from './delay.ts'

/** Connections that may break one after the other, without an event between them, before following gives up. */
const maxFailures = 5

/**
 * The events of a route. Ends with the event named `end`; a connection that breaks before it is opened again after the
 * last event that came, if events have ids; without ids it is an error, as the same events would come again. Errors:
 * `ApiError` when the server refuses, or stays away.
 */
export async function* followEvents(call: RouteCall): AsyncGenerator<unknown, void> {
  let lastId: string | undefined
  let failures = 0
  let replays = false
  for (;;) {
    try {
      for await (const event of connect(call, lastId)) {
        failures = 0
        replays = event.id === undefined
        lastId = event.id ?? lastId
        yield parseEvent(event, call.route)
      }
      return
    } catch (error) {
      failures += 1
      if (replays || !isBrokenConnection(error) || failures > maxFailures) throw error
      await delay(backoffMs(failures), call.options.signal)
    }
  }
}

/** The events of one connection, up to the one named `end`; without it the connection broke. */
async function* connect(call: RouteCall, lastId: string | undefined): AsyncGenerator<ServerEvent, void> {
  const { body } = await open(lastId === undefined ? call : resumed(call, lastId))
  try {
    for await (const event of readEvents(body ?? new Blob([]).stream())) {
      if (event.type === 'end') return
      yield event
    }
    throw new Error('the stream ended early')
  } catch (error) {
    if (error instanceof ApiError || call.options.signal?.aborted) throw error
    throw unreachable(call.client.url, error)
  }
}

function resumed(call: RouteCall, lastId: string): RouteCall {
  const headers = { ...call.options.headers, 'last-event-id': lastId }
  return { ...call, options: { ...call.options, headers } }
}

function isBrokenConnection(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'unavailable'
}

/** An event named `problem` is an error that came after the stream had begun. */
function parseEvent(event: ServerEvent, route: Route): unknown {
  const document: unknown = JSON.parse(event.data)
  if (event.type === 'problem') throw fromProblem(500, document)
  return route.event ? route.event.parse(document) : document
}
