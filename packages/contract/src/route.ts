/** How an operation of the API is declared: once, for the server, OpenAPI, the SDK and the reference. */
import type * as z from 'zod'
import type { ErrorCode } from './errors.ts'
import type { RequestHeader } from './header.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What travels besides JSON: raw bytes, a stream of server-sent events, or plain text. */
export type Media = 'bytes' | 'events' | 'text'

export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType | 'bytes' = z.ZodType | 'bytes',
  Reply extends z.ZodType | Media = z.ZodType | Media,
> {
  method: Method
  /** Path template with `{name}` placeholders, each declared in `params`. */
  path: `/${string}`
  summary: string
  /** Status of success; 200 unless given. */
  status?: 200 | 201 | 202 | 204
  params?: Params
  query?: Query
  /** A schema for JSON, or `bytes` for `application/octet-stream`. */
  body?: Body
  /** A schema for JSON, or the media it streams. A route without a reply answers 204. */
  reply?: Reply
  /** Schema of one event of an `events` reply. */
  event?: z.ZodType
  /** Headers it reads beyond those of HTTP itself. */
  headers?: readonly RequestHeader[]
  /** Errors beyond `bad-request`, `unauthorized`, `invalid` and `internal`, which any route may answer. */
  errors?: readonly ErrorCode[]
  /** True for routes that need no token. */
  open?: boolean
}

export type Routes = Readonly<Record<string, Route>>

/** Keeps the literal types of a table of routes while checking its shape. */
export function defineRoutes<const R extends Routes>(routes: R): R {
  return routes
}

type In<T> = T extends z.ZodType ? z.input<T> : never
type Out<T> = T extends z.ZodType ? z.output<T> : never

/** What a caller passes to a route. */
export type RouteInput<R extends Route> = (R['params'] extends z.ZodType
  ? { params: In<R['params']> }
  : unknown) &
  (R['query'] extends z.ZodType ? { query?: In<R['query']> } : unknown) &
  (R['body'] extends z.ZodType ? { body: In<R['body']> } : unknown)

/** What a handler of a route receives, parsed. */
export type RouteRequest<R extends Route> = {
  params: Out<R['params']>
  query: Out<R['query']>
  body: Out<R['body']>
}

/** What a route with a JSON reply answers. */
export type RouteReply<R extends Route> = R['reply'] extends z.ZodType ? Out<R['reply']> : undefined

/** One event of a route that streams events. */
export type RouteEvent<R extends Route> = R['event'] extends z.ZodType ? Out<R['event']> : never
