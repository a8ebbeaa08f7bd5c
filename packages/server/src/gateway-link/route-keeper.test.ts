/** How the routes of a gateway follow what the API tells. */
import type { ServiceRoute } from '@slipway/scoring'
import { beforeEach, expect, test, vi } from 'vitest'
import { RouteKeeper } from './route-keeper.ts'

/** Changes that the gateway was asked for, which settle when the test says so. */
let asked: { what: string; signal: AbortSignal; settle: () => void }[]
let keeper: RouteKeeper

beforeEach(() => {
  asked = []
  const ask = async (what: string, signal: AbortSignal = AbortSignal.timeout(60_000)) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    asked.push({ what, signal, settle: resolve })
    await promise
  }
  const gateway = {
    setRoute: (route: ServiceRoute, signal: AbortSignal) =>
      ask(`set ${route.prefix} ${route.service}`, signal),
    removeRoute: (prefix: string, signal?: AbortSignal) => ask(`remove ${prefix}`, signal),
  }
  keeper = new RouteKeeper({ gateway, onProgress: () => undefined })
})

function aRoute(prefix: string, service = 'demo') {
  return { prefix, service, auth: { kind: 'none' as const }, cors: [], versions: [] }
}

function snapshot(revision: number, ...prefixes: string[]) {
  const routes = prefixes.map((prefix) => ({ revision, route: aRoute(prefix) }))
  return { type: 'snapshot', epoch: 'e', revision, routes } as const
}

test('a snapshot replaces everything', () => {
  keeper.replaceAll([aRoute('/kept'), aRoute('/gone')])
  keeper.apply(snapshot(7, '/kept', '/new'))
  expect(asked.slice(2).map(({ what }) => what)).toEqual(['remove /gone', 'set /kept demo', 'set /new demo'])
  expect(keeper.routes.map(({ prefix }) => prefix)).toEqual(['/kept', '/new'])
})

test('a change is heard at once and unsettled until the gateway says otherwise', async () => {
  keeper.apply(snapshot(1))
  keeper.apply({ type: 'route', revision: 2, route: aRoute('/one') })
  expect(keeper.progress).toEqual({ epoch: 'e', heard: 2, unsettled: ['/one'] })
  asked[0]?.settle()
  await vi.waitUntil(() => keeper.progress.unsettled.length === 0)
  expect(keeper.progress.heard).toBe(2)
})

test('a newer change takes the place of one that has not settled', async () => {
  keeper.apply({ type: 'route', revision: 1, route: aRoute('/one') })
  keeper.apply({ type: 'removed', revision: 2, prefix: '/one' })
  expect(asked[0]?.signal.aborted).toBe(true)
  asked[0]?.settle()
  await Promise.resolve()
  expect(keeper.progress.unsettled).toEqual(['/one'])
  asked[1]?.settle()
  await vi.waitUntil(() => keeper.progress.unsettled.length === 0)
})
