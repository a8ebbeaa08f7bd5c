/** Hears from PostgreSQL that some server has written, and looks now and then in case a word was lost. */
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import type { Pulse } from '../pulse.ts'

/** How long a change may go unnoticed while the connection for notices is broken. */
const pollMs = 5_000

/** Beats the pulse until it is closed; a broken connection is opened again. */
export function listenForChanges(url: string, pulse: Pulse): { close: () => Promise<void> } {
  const closing = new AbortController()
  const poll = setInterval(() => pulse.beat(), pollMs)
  poll.unref()
  const listening = keepListening(url, pulse, closing.signal)
  return {
    close: async () => {
      clearInterval(poll)
      closing.abort()
      await listening
    },
  }
}

async function keepListening(url: string, pulse: Pulse, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await listenOnce(url, pulse, signal)
    await delay(1_000, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

/** Resolves when the connection ends, for whatever reason: the poll bridges the gap. */
async function listenOnce(url: string, pulse: Pulse, signal: AbortSignal): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'slipway changes' })
  const ended = new Promise<void>((resolve) => {
    client.on('error', () => resolve())
    client.on('end', () => resolve())
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  client.on('notification', () => pulse.beat())
  try {
    await client.connect()
    await client.query('listen slipway_changes')
    pulse.beat()
    await ended
  } catch {
    // The server is away; the next round tries again.
  } finally {
    await client.end().catch(() => undefined)
  }
}
