/** Sends one call of a route and reads its reply. */
import { ApiError, checkValue, fromProblem, type Route } from '@slipway/contract'

export interface ClientOptions {
  /** Address of the management port, such as `http://127.0.0.1:8800`. */
  url: string
  /** Token that is sent as bearer; left out for open routes. */
  token?: string | undefined
  /** Replaces the platform's fetch. */
  fetch?: typeof fetch | undefined
}

export interface CallOptions {
  signal?: AbortSignal | undefined
  headers?: Readonly<Record<string, string>> | undefined
}

/** The parts of a request, before they are typed by a route. */
export interface RawInput {
  params?: unknown
  query?: unknown
  body?: unknown
}

export interface RouteCall {
  client: ClientOptions
  route: Route
  input: RawInput
  options: CallOptions
}

/** The parsed reply of a route that does not stream events. Errors: `ApiError`, or the signal's reason. */
export async function send(call: RouteCall): Promise<unknown> {
  const response = await open(call)
  const { reply } = call.route
  if (reply === 'bytes') return response
  const text = await readText(response, call)
  if (reply === undefined) return undefined
  return typeof reply === 'string' ? text : parseReply(text, call)
}

/** The response of a call once its status is a success; anything else is thrown as the error it carries. */
export async function open(call: RouteCall): Promise<Response> {
  const { client, route, input, options } = call
  const url = addressOf(client.url, route, input)
  const response = await request(client, url, {
    method: route.method,
    headers: headersOf(call),
    body: encodeBody(route, input.body),
    signal: options.signal ?? null,
  })
  if (response.ok) return response
  throw fromProblem(response.status, parseJson(await readText(response, call)))
}

/** Path and query of a call on top of the server's own address, which may have a path of its own. */
export function addressOf(serverUrl: string, route: Route, input: RawInput): string {
  const params = (input.params ?? {}) as Record<string, unknown>
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  )
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(input.query ?? {})) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined) query.append(key, String(item))
    }
  }
  const suffix = query.size > 0 ? `?${query.toString()}` : ''
  return serverUrl.replace(/\/+$/, '') + path + suffix
}

function headersOf({ client, route, options }: RouteCall): Record<string, string> {
  const media = route.body === 'bytes' ? 'application/octet-stream' : 'application/json'
  return {
    accept: route.reply === 'events' ? 'text/event-stream' : 'application/json, */*',
    ...(client.token !== undefined && { authorization: `Bearer ${client.token}` }),
    ...(route.body !== undefined && { 'content-type': media }),
    ...options.headers,
  }
}

function encodeBody(route: Route, body: unknown): NonNullable<RequestInit['body']> | null {
  if (route.body === undefined) return null
  return route.body === 'bytes' ? (body as NonNullable<RequestInit['body']>) : JSON.stringify(body)
}

async function request(client: ClientOptions, url: string, init: RequestInit): Promise<Response> {
  const doFetch = client.fetch ?? fetch
  try {
    return await doFetch(url, init)
  } catch (error) {
    throw init.signal?.aborted ? error : unreachable(client.url, error)
  }
}

async function readText(response: Response, { client, options }: RouteCall): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    throw options.signal?.aborted ? error : unreachable(client.url, error)
  }
}

const refusals = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'])

/** What is said where no reply came: nobody there, or a connection that broke. */
export function unreachable(url: string, error: unknown): ApiError {
  const reason = reasonOf(error)
  if (refusals.has(reason)) {
    const hint = 'Start a server with: slipway serve. Or name another one with --url or SLIPWAY_URL.'
    return new ApiError('unavailable', `no server answers at ${url}`, { hint, cause: error })
  }
  if (isAboutCertificate(reason)) {
    const hint = 'Name the certificate that signed it: NODE_EXTRA_CA_CERTS=FILE'
    return new ApiError('unavailable', `the certificate of ${url} is not trusted: ${reason}`, {
      hint,
      cause: error,
    })
  }
  return new ApiError('unavailable', `the connection to ${url} broke: ${reason}`, {
    hint: 'Try again; if it stays, look at the server’s log.',
    cause: error,
  })
}

/** Codes of OpenSSL, as node:tls tells them. */
function isAboutCertificate(reason: string): boolean {
  return /CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE/.test(reason)
}

/** The code or message at the root of a chain of causes. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) return reasonOf(error.cause)
  const first = error instanceof AggregateError ? error.errors[0] : undefined
  if (first !== undefined) return reasonOf(first)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

function parseReply(text: string, { route }: RouteCall): unknown {
  if (route.reply === undefined || typeof route.reply === 'string') return text
  const checked = checkValue(route.reply, { where: 'reply', value: parseJson(text) })
  if (checked.kind === 'valid') return checked.data
  const [{ path, message }] = checked.faults
  throw new ApiError(
    'internal',
    `the reply of ${route.method} ${route.path} is not what was agreed: ${path} ${message}`,
    {
      hint: 'Client and server may be of different versions; compare slipway --version with slipway doctor.',
    },
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
