/** Replies that the gateway itself gives, and the texts that clients of the service know. */

export interface Reply {
  status: number
  /** Follows the status instead of its usual phrase. */
  reason?: string
  /** Value of `x-ms-run-function-failed`; absent: the header is not sent. */
  failed?: boolean
  /** Time spent in `run`, in microseconds; absent: `run` did not return. */
  runUs?: number
  /** Names and values in turn, content type included; absent: a JSON body. */
  headers?: readonly string[]
  body: Buffer
  /** The body comes in pieces; `body` is empty. Who answers with it takes them, or nobody does. */
  stream?: BodyStream
  /** The worker made it, not the gateway. */
  isFromWorker?: true
}

/** A body that a script makes piece by piece, no faster than they are taken. */
export interface BodyStream {
  /** Where the pieces go. */
  readonly sink: BodySink | undefined
  /** Begins the body; from now on `sink` is called. Only while the reply is being answered. */
  pipe(sink: BodySink): void
  /** So many pieces were taken, and as many more may come. */
  credit(count: number): void
  /** Nobody wants the rest; nothing comes any more. Harmless after the end. */
  cancel(): void
}

export interface BodySink {
  piece(bytes: Buffer): void
  /** No more will come; `isWhole` is false when the body was broken off. */
  end(isWhole: boolean): void
}

const html = ['Content-Type', 'text/html; charset=utf-8'] as const

export const texts = {
  stopping: 'The gateway is stopping.',
  unknownPath:
    'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  unknownService: (prefix: string) => `No service is deployed at ${prefix === '' ? '/' : prefix}.`,
  unknownVersion: (service: string, name: string, known: readonly string[]) =>
    `Service ${service} has no version ${name}. Its versions: ${known.join(', ')}.`,
  methodNotAllowed: 'The method is not allowed for the requested URL.',
  noAuthHeader: 'Unauthorized, no auth header',
  wrongScheme: (wanted: string) => `Unauthorized, the Authorization header must read Bearer <${wanted}>`,
  wrongKey: 'Unauthorized, the key is not valid',
  keyWanted: 'Unauthorized, the service asks for a key, not for a token',
  tokenWanted: 'Unauthorized, the service asks for a token, not for a key',
  wrongToken: 'Unauthorized, the token is not valid',
  expiredToken: 'Unauthorized, the token has expired',
  bodyTooLarge: (maxBytes: number) => `The request body must not exceed ${maxBytes} bytes.`,
  headersTooLarge: 'The request headers are too large to be handed to the script.',
  overloaded: (service: string) => `Too many requests for service ${service} (overloaded)`,
  noReplicas: (service: string) => `No ready replicas for service ${service}`,
  timeout: (timeoutMs: number) => `Scoring timeout after ${timeoutMs} ms`,
  crashed: 'Replica closed connection before replying',
  malformed: 'The request is not valid HTTP/1.1.',
  tooSlow: 'The request did not arrive in time.',
  chunksTooLarge: 'The chunk extensions of the request are too large.',
  unknownExpectation: 'The only expectation that can be met is 100-continue.',
  headTooLarge: 'The request line and headers are too large.',
  badReply: 'An unexpected internal error occurred. Check the logs for more info.',
} as const

/** `{"message": …}` as the scoring server writes it; `x-ms-run-function-failed: False`. */
export function messageReply(status: number, message: string): Reply {
  return { status, failed: false, body: Buffer.from(`{"message": ${JSON.stringify(message)}}`) }
}

export function failedReply(status: number, message: string): Reply {
  return { ...messageReply(status, message), failed: true }
}

/** 503 that says when the client may come again. */
export function busyReply(message: string, retryAfterSeconds = 1): Reply {
  const headers = ['Content-Type', 'application/json', 'Retry-After', String(retryAfterSeconds)]
  return { ...messageReply(503, message), headers }
}

/** 401 with the challenge that HTTP asks for. */
export function unauthorizedReply(message: string): Reply {
  return {
    ...messageReply(401, message),
    headers: ['Content-Type', 'application/json', 'WWW-Authenticate', 'Bearer'],
  }
}

export function healthyReply(): Reply {
  return { status: 200, headers: html, body: Buffer.from('Healthy') }
}

/** What may be done with health and swagger. */
export function methodsReply(): Reply {
  return { status: 200, headers: [...html, 'Allow', 'GET, HEAD, OPTIONS'], body: Buffer.alloc(0) }
}

/** 200 without a body. */
export function emptyReply(): Reply {
  return { status: 200, failed: false, headers: html, body: Buffer.alloc(0) }
}
