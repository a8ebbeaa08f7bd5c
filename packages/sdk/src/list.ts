/** Reads lists to their end, page by page. */

export interface Page<T> {
  items: T[]
  next?: string | undefined
}

/** Every item of a list. `read` gets the cursor of the page to read, undefined for the first. */
export async function* listAll<T>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T, void> {
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    yield* page.items
    cursor = page.next
  } while (cursor !== undefined)
}
