/** Asks the API on behalf of a gateway that runs apart. */
import { readFile } from 'node:fs/promises'
import {
  ApiError,
  fromProblem,
  GatewayEvent,
  GatewayReceipt,
  gateways,
  readEvents,
  type GatewayReport,
} from '@slipway/contract'
import type * as z from 'zod'

export interface ApiConnectionOptions {
  /** Address of the management port. */
  url: string
  /** File with the token; read anew for each connection, so that it can be replaced. */
  tokenFile: string
  /** A stream without a byte for so long is broken: the API sends one every 15 seconds. Default 40,000. */
  silenceMs?: number
  /** Time a report may take. Default 5000. */
  reportTimeoutMs?: number
}

export class ApiConnection {
  readonly #options: Required<ApiConnectionOptions>

  constructor(options: ApiConnectionOptions) {
    this.#options = { silenceMs: 40_000, reportTimeoutMs: 5_000, ...options }
  }

  /** What the gateway has to know, until the connection breaks. Errors: how it broke. */
  async *follow(
    gateway: { instance: string; name: string },
    signal: AbortSignal,
  ): AsyncGenerator<GatewayEvent, void> {
    const { silenceMs } = this.#options
    const silent = new AbortController()
    const silence = setTimeout(
      () => silent.abort(new Error(`the API was silent for ${silenceMs} ms`)),
      silenceMs,
    )
    const query = new URLSearchParams(gateway)
    try {
      const response = await this.#send(`${gateways.routes.path}?${query.toString()}`, {
        signal: AbortSignal.any([signal, silent.signal]),
      })
      for await (const { type, data } of readEvents(heard(response, silence))) {
        if (type === 'problem') throw fromProblem(500, JSON.parse(data))
        yield GatewayEvent.parse(JSON.parse(data))
      }
    } finally {
      clearTimeout(silence)
    }
  }

  async report(report: GatewayReport, signal: AbortSignal): Promise<z.output<typeof GatewayReceipt>> {
    const response = await this.#send(gateways.report.path, {
      method: gateways.report.method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(report),
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.#options.reportTimeoutMs)]),
    })
    return GatewayReceipt.parse(await response.json())
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const { url, tokenFile } = this.#options
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${await readToken(tokenFile)}`)
    const response = await fetch(url.replace(/\/+$/, '') + path, { ...init, headers })
    if (response.ok) return response
    if (response.status === 401) throw refused(`the API at ${url} does not take the token in ${tokenFile}`)
    throw fromProblem(response.status, await response.json().catch(() => undefined))
  }
}

/** Errors: `unauthorized`, for nothing else can be asked of the API. */
async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw refused(`the token cannot be read from ${file}`, error)
  }
}

function refused(detail: string, cause?: unknown): ApiError {
  const hint = 'The token is in the file `token` of the data folder of the API.'
  return new ApiError('unauthorized', detail, { hint, cause })
}

/** The bytes of a response; each of them is a sign of life. */
async function* heard({ body }: Response, silence: NodeJS.Timeout): AsyncGenerator<Uint8Array, void> {
  for await (const bytes of body ?? []) {
    silence.refresh()
    yield bytes
  }
}
