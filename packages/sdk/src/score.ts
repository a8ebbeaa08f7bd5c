/** Calls a service: one request to its scoring URI. */
import { unreachable } from './call.ts'

export interface ScoreRequest {
  scoringUri: string
  /** One of the two keys; left out where the service asks for none. */
  key?: string | undefined
  body: string | Uint8Array<ArrayBuffer> | Blob
  /** `application/json` unless given. */
  contentType?: string | undefined
  headers?: Readonly<Record<string, string>> | undefined
  signal?: AbortSignal | undefined
  fetch?: typeof fetch | undefined
}

/** What the service answered, whatever its status. */
export interface ScoreReply {
  ok: boolean
  status: number
  headers: Headers
  bytes: Uint8Array
  text(): string
}

/** Sends the body and reads the whole reply. Errors: `unavailable` where nothing answers; a status is no error. */
export async function score(request: ScoreRequest): Promise<ScoreReply> {
  const doFetch = request.fetch ?? fetch
  try {
    return await readReply(await doFetch(request.scoringUri, initOf(request)))
  } catch (error) {
    throw request.signal?.aborted ? error : unreachable(request.scoringUri, error)
  }
}

function initOf({ key, body, contentType, headers, signal }: ScoreRequest): RequestInit {
  return {
    method: 'POST',
    body,
    signal: signal ?? null,
    headers: {
      'content-type': contentType ?? 'application/json',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...headers,
    },
  }
}

async function readReply(response: Response): Promise<ScoreReply> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  const { ok, status, headers } = response
  return { ok, status, headers, bytes, text: () => new TextDecoder().decode(bytes) }
}
