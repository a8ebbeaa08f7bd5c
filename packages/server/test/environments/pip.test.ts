/** Environments where there is no uv. */
import { describe, expect, test } from 'vitest'
import { ApiError } from '@slipway/contract'
import { aBench, aSpec, never, runPython } from './a-builder.ts'

const ignore = () => undefined

describe('without uv', () => {
  test('pip locks with hashes, installs, and explains', { timeout: 240_000 }, async () => {
    await using bench = await aBench()
    const builder = bench.another({ uvPath: '/nonexistent/uv' })
    const resolved = await builder.resolve(
      aSpec(['- pip:', '  - six==1.17.0', '  - docopt==0.6.2']),
      ignore,
      never,
    )
    expect(resolved.packages).toEqual([
      {
        name: 'docopt',
        version: '0.6.2',
        hashes: ['sha256:49b3a825280bd66b3aa83585ef59c4a8c82f2c8a522dbe754a8bc8d08c85c491'],
      },
      {
        name: 'six',
        version: '1.17.0',
        hashes: ['sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274'],
      },
    ])
    const built = await builder.build(resolved, ignore, never)
    expect(runPython(built, 'import six, docopt; print(six.__version__, docopt.__version__)')).toBe(
      '1.17.0 0.6.2',
    )

    const impossible = builder.resolve(aSpec(['- pip:', '  - six==99.0']), ignore, never)
    await expect(impossible).rejects.toThrow(ApiError)
    await expect(impossible).rejects.toThrow(/^six==99\.0 \(line 4 of the conda file\) .* newest is 1\.\d+/)
    expect((await builder.check(never))[0]).toMatchObject({ name: 'uv', status: 'warning' })
  })
})
