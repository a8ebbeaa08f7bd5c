/** Waits for a condition that nothing announces, with a deadline. */

const pauseMs = 20

/**
 * What `look` gives, once it gives something. Errors: nothing before the deadline (30 s unless given); `what` says
 * what was waited for.
 */
export async function waitUntil<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  deadlineMs = 30_000,
): Promise<T> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for this: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
