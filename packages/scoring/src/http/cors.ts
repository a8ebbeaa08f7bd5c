/** Lets the pages of other origins call a service from a browser. */
import type { ClientRequest } from './client-request.ts'

/** A browser asks what it may do, before it sends the request of a page. */
export function isPreflight(request: ClientRequest): boolean {
  return request.method === 'OPTIONS' && request.header('access-control-request-method') !== undefined
}

/** Headers of a reply, names and values in turn; `allowed` are origins, or `*` for all. */
export function corsHeaders(allowed: readonly string[], request: ClientRequest): readonly string[] {
  if (allowed.length === 0) return []
  const origin = request.header('origin')
  if (origin === undefined) return allowed.includes('*') ? ['Access-Control-Allow-Origin', '*'] : []
  if (!isAllowed(allowed, origin)) return []
  const headers = ['Access-Control-Allow-Origin', origin]
  if (isPreflight(request)) headers.push(...preflightHeaders(request))
  return [...headers, 'Vary', 'Origin']
}

function isAllowed(allowed: readonly string[], origin: string): boolean {
  const asked = origin.toLowerCase()
  return allowed.some((each) => each === '*' || each.toLowerCase() === asked)
}

function preflightHeaders(request: ClientRequest): string[] {
  const methods = ['Access-Control-Allow-Methods', 'GET, POST']
  const wanted = request.header('access-control-request-headers')
  return wanted === undefined ? methods : [...methods, 'Access-Control-Allow-Headers', wanted]
}
