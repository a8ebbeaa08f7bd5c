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
    const token = (await readFile(tokenFile, 'utf8')).trim()
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    const response = await fetch(url.replace(/\/+$/, '') + path, { ...init, headers })
    if (response.ok) return response
    const text = await response.text()
    throw new ApiError('unavailable', `the API answered ${response.status}: ${text.slice(0, 500)}`)
  }
}

/** The bytes of a response; each of them is a sign of life. */
async function* heard({ body }: Response, silence: NodeJS.Timeout): AsyncGenerator<Uint8Array, void> {
  for await (const bytes of body ?? []) {
    silence.refresh()
    yield bytes
  }
}
