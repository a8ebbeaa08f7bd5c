/** One typed function per route of the contract. */
import {
  api,
  type Api,
  type Route,
  type RouteEvent,
  type RouteInput,
  type RouteReply,
} from '@slipway/contract'
import { send, type CallOptions, type ClientOptions, type RawInput } from './call.ts'
import { followEvents } from './follow.ts'

/** What a caller passes to a route; a body of bytes is any fetch body that can be sent again. */
export type CallInput<R extends Route> = RouteInput<R> &
  (R['body'] extends 'bytes' ? { body: Uint8Array<ArrayBuffer> | Blob } : unknown)

export type CallArguments<R extends Route> =
  {} extends CallInput<R>
    ? [input?: CallInput<R>, options?: CallOptions]
    : [input: CallInput<R>, options?: CallOptions]

/** Events come one by one, bytes as a response whose body streams, all else parsed. */
export type CallReply<R extends Route> = R['reply'] extends 'events'
  ? AsyncIterable<RouteEvent<R>>
  : R['reply'] extends 'bytes'
    ? Promise<Response>
    : R['reply'] extends 'text'
      ? Promise<string>
      : Promise<RouteReply<R>>

export type Call<R> = R extends Route ? (...args: CallArguments<R>) => CallReply<R> : never

export type Client = {
  readonly [Noun in keyof Api]: { readonly [Verb in keyof Api[Noun]]: Call<Api[Noun][Verb]> }
}

/**
 * A client of one server. Every call rejects with an `ApiError`: the one the server answered, `unavailable` where
 * nothing answers, `internal` where the reply is not what the contract says. Holds nothing that needs closing.
 */
export function createClient(options: ClientOptions): Client {
  const nouns = Object.entries(api).map(([noun, routes]) => [noun, callsOf(routes, options)])
  return Object.fromEntries(nouns) as Client
}

function callsOf(routes: Readonly<Record<string, Route>>, options: ClientOptions) {
  const calls = Object.entries(routes).map(([verb, route]) => [verb, callOf(route, options)])
  return Object.fromEntries(calls) as Record<string, unknown>
}

function callOf(route: Route, client: ClientOptions) {
  return (input: RawInput = {}, options: CallOptions = {}) => {
    const call = { client, route, input, options }
    return route.reply === 'events' ? followEvents(call) : send(call)
  }
}
