/** Reads a stream of server-sent events one by one, as a client does that may leave at any time. */
import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { readEvents, type ServerEvent } from '@slipway/sdk'

export interface EventReader {
  status: number
  /** The next event; undefined once the stream has ended. */
  next(): Promise<ServerEvent | undefined>
  /** All events up to the end of the stream. */
  rest(): Promise<ServerEvent[]>
  /** Leaves: the connection is closed. */
  leave(): void
}

export interface EventsToOpen {
  /** Of the management port. */
  url: string
  token: string
  /** Path and query. */
  target: string
  headers?: Record<string, string>
}

export async function openEvents({ url, token, target, headers }: EventsToOpen): Promise<EventReader> {
  const sent = request(url + target, {
    agent: false,
    headers: { authorization: `Bearer ${token}`, ...headers },
  })
  sent.end()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve)
    sent.once('error', reject)
  })
  const events = readEvents(Readable.toWeb(response) as ReadableStream<Uint8Array>)[Symbol.asyncIterator]()
  const next = async () => {
    const { done, value } = await events.next()
    return done ? undefined : value
  }
  return {
    status: response.statusCode ?? 0,
    next,
    async rest() {
      const all: ServerEvent[] = []
      for (let event = await next(); event !== undefined; event = await next()) all.push(event)
      return all
    },
    leave: () => sent.destroy(),
  }
}
