/** Names that look right and would not work. */
import { describe, expect, test } from 'vitest'
import { FilePath } from './names.ts'

describe('a path of a file', () => {
  test.each(['.wh.model.pkl', 'data/.wh.x', '.wh.d/x', '.wh..wh..opq'])('may not be %s', (path) => {
    expect(FilePath.safeParse(path).error?.issues).toMatchObject([
      { message: expect.stringContaining('no name that begins with .wh.') as string },
    ])
  })

  test.each(['.whx', 'a.wh.b', '.wh/x'])('may be %s', (path) => {
    expect(FilePath.safeParse(path).success).toBe(true)
  })
})
