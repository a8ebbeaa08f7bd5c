/** What a feature gives for each route of the contract; a missing handler does not compile. */
import type { Readable } from 'node:stream'
import type { Api, Noun, Route, RouteReply, RouteRequest } from '@slipway/contract'

/** What every handler receives besides the parsed parts of the request. */
export interface RequestContext {
  /** Aborted when the client leaves or the server stops. */
  signal: AbortSignal
  requestId: string
  /** A request header by its lower-case name. */
  header(name: string): string | undefined
}

export interface BytesReply {
  stream: Readable
  /** Bytes that the stream will bring. */
  sizeBytes: number
}

/** One server-sent event; the id lets a client resume after it. */
export interface ServerEvent {
  id?: string
  data: unknown
}

type ReplyOf<R extends Route> = R['reply'] extends 'bytes'
  ? BytesReply
  : R['reply'] extends 'events'
    ? AsyncIterable<ServerEvent>
    : R['reply'] extends 'text'
      ? string
      : R['reply'] extends undefined
        ? undefined
        : RouteReply<R>

type BodyOf<R extends Route> = R['body'] extends 'bytes' ? { stream: Readable } : unknown

export type Handler<R extends Route> = (
  request: RouteRequest<R> & BodyOf<R>,
  context: RequestContext,
) => Promise<ReplyOf<R>>

export type NounHandlers<N extends Noun> = {
  readonly [V in keyof Api[N]]: Api[N][V] extends Route ? Handler<Api[N][V]> : never
}

export type Handlers = { readonly [N in Noun]: NounHandlers<N> }
