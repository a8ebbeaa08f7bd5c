/** One request of a client, whichever way it came in, and how its reply goes out. */
import type { ServerResponse } from 'node:http'

export interface ClientRequest {
  readonly method: string
  /** Path and query, as sent. */
  readonly url: string
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[]
  readonly remoteAddress: string
  /** Value of a header by its lower-case name; several of the same name are joined as node:http does. */
  header(name: string): string | undefined
  /**
   * Calls `onBody` once: with the body, or with undefined as soon as it is known to be too large. Lets a client that waits
   * for `100 Continue` go on. Not called for a client that leaves meanwhile.
   */
  readBody(maxBytes: number, onBody: (body: Buffer | undefined) => void): void
  /** Calls `onLeft` when the connection ends; whether the reply was out by then is for the caller to know. */
  onLeft(onLeft: () => void): void
  /**
   * Sends a whole reply; `headers` are names and values in turn, all but those that are about the connection. Throws when
   * HTTP cannot carry them, unless they are `trusted`; nothing was sent then.
   */
  reply(head: ReplyHead, body: Buffer): void
  /** Sends the head of a reply whose body follows in pieces; throws as `reply` does. */
  openStream(head: ReplyHead): ServerResponse
}

export interface ReplyHead {
  status: number
  /** Follows the status instead of its usual phrase. */
  reason?: string | undefined
  headers: string[]
  /** The gateway itself made every header: none needs to be looked at. */
  isTrusted: boolean
}
