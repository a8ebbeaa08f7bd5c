/** What clients see when scripts hang, workers die, replicas are exchanged and too many calls come at once. */
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aRoute, prefix, ScoringStack, until } from './scoring-stack.ts'
import { answers, doubles, obeys, printsAndEchoes } from './scripts.ts'

let stack: ScoringStack
beforeEach(async () => {
  stack = await ScoringStack.open({ graceMs: 300 })
})
afterEach(async () => await stack.close())

const soon = () => AbortSignal.timeout(20_000)

async function answer(reply: Promise<Response>): Promise<[number, unknown]> {
  const { status, body } = await reply.then(async (got) => ({ status: got.status, body: await got.json() }))
  return [status, (body as { message?: unknown }).message ?? body]
}

/** Keeps `connections` requests under way until `isOver`, and counts the replies by status and body. */
async function keepAsking(connections: number, isOver: () => boolean): Promise<Map<string, number>> {
  const seen = new Map<string, number>()
  const ask = async () => {
    while (!isOver()) {
      const reply = await stack.post('x')
      const key = `${reply.status} ${await reply.text()}`
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: connections }, ask))
  return seen
}

function count(seen: ReadonlyMap<string, number>): number {
  return [...seen.values()].reduce((sum, each) => sum + each, 0)
}

describe('a run over its time', () => {
  test('is answered 504 and stopped, and the same worker serves the next call', async () => {
    const worker = await stack.startWorker(obeys, { env: { SCORING_TIMEOUT_MS: '150' } })
    await stack.route([worker], { scoringTimeoutMs: 150 })
    expect(await answer(stack.post('loop'))).toEqual([504, 'Scoring timeout after 150 ms'])
    expect(await answer(stack.post('sleep 30'))).toEqual([504, 'Scoring timeout after 150 ms'])
    expect(await answer(stack.post('fine'))).toEqual([200, 'fine'])
    expect(worker.process.exitCode).toBeNull()
  })

  test('that will not stop costs its worker the life; calls behind it are served by another', async () => {
    const [stubborn, other] = await Promise.all([
      stack.startWorker(obeys, { env: { SCORING_TIMEOUT_MS: '150' } }),
      stack.startWorker(obeys, { env: { SCORING_TIMEOUT_MS: '150' } }),
    ])
    await stack.route([stubborn], { scoringTimeoutMs: 150, maxConcurrentPerReplica: 3 })
    const overdue = answer(stack.post('catch', { 'x-request-id': 'the-overdue-one' }))
    await until(() => stack.stats()?.inFlight === 1)
    const behind = answer(stack.post('behind'))
    expect(await overdue).toEqual([504, 'Scoring timeout after 150 ms'])
    const change = stack.gateway.setRoute(
      aRoute({ ...routeSettings, replicas: [stubborn.endpoint, other.endpoint] }),
      soon(),
    )
    expect(await stubborn.ended).toBe('SIGKILL')
    expect(await behind).toEqual([200, 'behind'])
    const why = stack.logs.filter(({ requestId }) => requestId === 'the-overdue-one').map(({ text }) => text)
    expect(why).toContain('run() did not stop after 150 ms: its process is ended')
    await stack.route([other])
    await change
  })
})

test('a worker that cannot be signalled is cut off, and its late run is answered all the same', async () => {
  const refusing = await ScoringStack.open({
    graceMs: 100,
    kill: () => {
      throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' })
    },
  })
  try {
    await refusing.route([await refusing.startWorker(obeys)], { scoringTimeoutMs: 100 })
    expect(await answer(refusing.post('sleep 20'))).toEqual([504, 'Scoring timeout after 100 ms'])
    await until(() => refusing.stats()?.lostReplicas === 1)
    expect(refusing.logs.map(({ text }) => text)).toContain('the connection was cut: kill ESRCH')
    await refusing.route([await refusing.startWorker(obeys)])
    expect(await answer(refusing.post('fine'))).toEqual([200, 'fine'])
  } finally {
    await refusing.close()
  }
})

const routeSettings = {
  scoringTimeoutMs: 150,
  maxConcurrentPerReplica: 3,
  maxQueueWaitMs: 5_000,
  maxQueueLength: 100,
} as const

describe('a worker that dies', () => {
  test('costs only the call that was running, under 32 connections', async () => {
    let [victim, other] = await Promise.all([
      stack.startWorker(answers('a')),
      stack.startWorker(answers('a')),
    ])
    await stack.route([victim, other])
    let killed = 0
    let isOver = false
    const asking = keepAsking(32, () => isOver)
    for (let round = 0; round < 4; round += 1) {
      const before = answered()
      await until(() => answered() > before + 500)
      victim.process.kill('SIGKILL')
      await victim.ended
      killed += 1
      const restarted = await stack.restartWorker(victim)
      await until(() => stack.stats()?.readyReplicas === 2)
      ;[victim, other] = [other, restarted]
    }
    isOver = true
    const seen = await asking
    const failed = count(seen) - (seen.get('200 "a"') ?? 0)
    expect([...seen.keys()].filter((key) => !key.startsWith('200'))).toSatisfy((keys: string[]) =>
      keys.every((key) => key === '502 {"message": "Replica closed connection before replying"}'),
    )
    expect(failed).toBeLessThanOrEqual(killed)
    expect(stack.stats()?.lostReplicas).toBe(killed)
    expect(stack.stats()?.inFlight).toBe(0)
  })

  test('while it is the only one, its waiting calls are served by its successor', async () => {
    const worker = await stack.startWorker(obeys)
    await stack.route([worker], { maxConcurrentPerReplica: 4 })
    const dying = answer(stack.post('die', { 'x-request-id': 'the-dying-one' }))
    await until(() => stack.stats()?.inFlight === 1 || worker.process.exitCode !== null)
    const waiting = ['1', '2', '3'].map((body) => answer(stack.post(body)))
    expect(await dying).toEqual([502, 'Replica closed connection before replying'])
    expect(stack.logs).toContainEqual(
      expect.objectContaining({
        requestId: 'the-dying-one',
        text: 'the replica was lost while it ran this call',
      }),
    )
    await worker.ended
    await stack.restartWorker(worker)
    expect(await Promise.all(waiting)).toEqual([
      [200, '1'],
      [200, '2'],
      [200, '3'],
    ])
  })

  test('by SIGTERM finishes its call and loses none of those behind it', async () => {
    const [first, second] = await Promise.all([stack.startWorker(obeys), stack.startWorker(obeys)])
    await stack.route([first], { maxConcurrentPerReplica: 4 })
    const calls = ['sleep 0.2', 'b', 'c'].map((body) => answer(stack.post(body)))
    await until(() => stack.stats()?.inFlight === 3 && stack.logs.length === 1)
    first.process.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    await stack.route([second])
    expect(await Promise.all(calls)).toEqual([
      [200, 'sleep 0.2'],
      [200, 'b'],
      [200, 'c'],
    ])
    expect(stack.stats()?.redispatched).toBe(2)
  })
})

describe('exchanging replicas', () => {
  test('under load loses no request and moves to the new version', async () => {
    await stack.route([await stack.startWorker(answers('v0'))])
    let isOver = false
    const asking = keepAsking(16, () => isOver)
    for (const version of ['v1', 'v2', 'v3']) {
      const before = answered()
      await stack.route([await stack.startWorker(answers(version))])
      await until(() => answered() > before + 200)
      expect(await (await stack.post('x')).json()).toBe(version)
    }
    isOver = true
    const seen = await asking
    expect([...seen.keys()].sort()).toEqual(['200 "v0"', '200 "v1"', '200 "v2"', '200 "v3"'])
    expect(stack.stats()).toMatchObject({ lostReplicas: 0, readyReplicas: 1 })
  })

  test('drains: the promise waits for the running call, and nothing new is sent', async () => {
    const [old, young] = await Promise.all([stack.startWorker(obeys), stack.startWorker(answers('young'))])
    await stack.route([old])
    const running = answer(stack.post('sleep 0.3'))
    await until(() => stack.stats()?.inFlight === 1)
    const drained = stack.route([young]).then(() => answered())
    expect(await answer(stack.post('x'))).toEqual([200, 'young'])
    expect(answered()).toBe(1)
    expect(await drained).toBe(2)
    expect(await running).toEqual([200, 'sleep 0.3'])
  })

  test('and going back while the old one still answers a call opens it again', async () => {
    const [old, young] = await Promise.all([stack.startWorker(obeys), stack.startWorker(answers('young'))])
    await stack.route([old])
    const running = answer(stack.post('sleep 0.5'))
    await until(() => stack.stats()?.inFlight === 1)
    const forth = stack.route([young])
    await until(() => stack.stats()?.readyReplicas === 1)
    expect(await answer(stack.post('x'))).toEqual([200, 'young'])
    const back = stack.route([old])
    expect(await answer(stack.post('meanwhile'))).toEqual([200, 'young'])
    await Promise.all([forth, back])
    expect(await running).toEqual([200, 'sleep 0.5'])
    expect(await answer(stack.post('back'))).toEqual([200, 'back'])
    expect(stack.stats()).toMatchObject({ readyReplicas: 1, lostReplicas: 0 })
  })

  test('gives the socket of a restarted worker to its new id', async () => {
    const worker = await stack.startWorker(obeys)
    await stack.route([worker], { maxConcurrentPerReplica: 2, maxQueueWaitMs: 20_000 })
    const calls = ['sleep 20', 'b', 'c'].map((body) => answer(stack.post(body)))
    await until(() => stack.stats()?.queued === 1 && stack.logs.length === 1)
    worker.process.kill('SIGKILL')
    await worker.ended
    const restarted = await stack.restartWorker(worker, 'restarted')
    await until(() => stack.stats()?.readyReplicas === 1)
    await stack.route([restarted])
    expect(await answer(stack.post('sleep 0'))).toEqual([200, 'sleep 0'])
    expect(await Promise.all(calls)).toEqual([
      [502, 'Replica closed connection before replying'],
      [200, 'b'],
      [200, 'c'],
    ])
    const printed = stack.logs.filter(({ text }) => !text.includes('was lost'))
    expect(printed.map(({ replica }) => replica)).toEqual([worker.endpoint.id, 'restarted'])
    expect(stack.stats()).toMatchObject({ readyReplicas: 1, lostReplicas: 1, redispatched: 1 })
  })

  test('gives the socket over once the calls of the id before are answered, and loses none', async () => {
    const worker = await stack.startWorker(obeys)
    await stack.route([worker], { maxConcurrentPerReplica: 2 })
    const calls = ['sleep 0.3', 'b', 'c'].map((body) => answer(stack.post(body)))
    await until(() => stack.stats()?.queued === 1 && stack.logs.length === 1)
    await stack.route([{ ...worker, endpoint: { ...worker.endpoint, id: 'other' } }])
    expect(await Promise.all(calls)).toEqual([
      [200, 'sleep 0.3'],
      [200, 'b'],
      [200, 'c'],
    ])
    expect(stack.stats()).toMatchObject({ readyReplicas: 1, lostReplicas: 0 })
  })

  test('a replica that is not there yet keeps the old ones serving until the wait is given up', async () => {
    const worker = await stack.startWorker(doubles)
    await stack.route([worker])
    const missing = { id: 'missing', socketPath: `${worker.endpoint.socketPath}.none` }
    const change = stack.gateway.setRoute(
      aRoute({ ...routeSettings, replicas: [missing] }),
      AbortSignal.timeout(50),
    )
    expect(await answer(stack.post('{"data": [1]}'))).toEqual([200, { result: [2] }])
    await expect(change).rejects.toThrow(/timeout/i)
    expect(await answer(stack.post('{"data": [1]}'))).toEqual([200, { result: [2] }])
  })
})

describe('removing a route', () => {
  test('may be waited for no longer, and goes on by itself', async () => {
    const worker = await stack.startWorker(obeys)
    await stack.route([worker])
    const running = answer(stack.post('sleep 0.5'))
    await until(() => stack.stats()?.inFlight === 1)
    const giveUp = new AbortController()
    const removal = stack.gateway.removeRoute(prefix, giveUp.signal)
    giveUp.abort(new Error('waited enough'))
    await expect(removal).rejects.toThrow('waited enough')
    expect((await stack.post('x')).status).toBe(404)
    expect(await running).toEqual([200, 'sleep 0.5'])
    await stack.route([worker])
    expect(await answer(stack.post('again'))).toEqual([200, 'again'])
  })

  test('again waits for the calls that the first removal left running', async () => {
    const worker = await stack.startWorker(obeys)
    await stack.route([worker])
    const running = answer(stack.post('sleep 0.5'))
    await until(() => stack.stats()?.inFlight === 1)
    const first = stack.gateway.removeRoute(prefix, AbortSignal.abort(new Error('no time')))
    await expect(first).rejects.toThrow('no time')
    await stack.gateway.removeRoute(`${prefix}/`, soon())
    worker.process.kill('SIGKILL')
    expect(await running).toEqual([200, 'sleep 0.5'])
  })
})

describe('too much at once', () => {
  test('a call that waits too long gets 503, and so does one too many', async () => {
    await stack.route([await stack.startWorker(obeys)], { maxQueueWaitMs: 100, maxQueueLength: 1 })
    const running = answer(stack.post('sleep 0.5'))
    await until(() => stack.stats()?.inFlight === 1)
    const waiting = stack.post('waits')
    await until(() => stack.stats()?.queued === 1)
    const refused = await stack.post('one too many')
    expect(refused.headers.get('retry-after')).toBe('1')
    const text = 'Too many requests for service demo (overloaded)'
    expect(await answer(Promise.resolve(refused))).toEqual([503, text])
    expect(await answer(waiting)).toEqual([503, text])
    expect(await running).toEqual([200, 'sleep 0.5'])
  })

  test('a service without a ready replica says so', async () => {
    await stack.route([], { maxQueueWaitMs: 50 })
    expect(await answer(stack.post('x'))).toEqual([503, 'No ready replicas for service demo'])
    expect((await fetch(`${stack.origin}${prefix}/`)).status).toBe(503)
    await stack.gateway.removeRoute(prefix)
    expect((await stack.post('x')).status).toBe(404)
  })

  test('a client that leaves frees its place in the queue', async () => {
    await stack.route([await stack.startWorker(obeys)], { maxQueueLength: 1 })
    const running = answer(stack.post('sleep 0.4'))
    await until(() => stack.stats()?.inFlight === 1)
    const leaver = connect(stack.port, '127.0.0.1')
    leaver.write(`POST ${prefix}/score HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nleave`)
    await until(() => stack.stats()?.queued === 1)
    leaver.destroy()
    await until(() => stack.stats()?.queued === 0)
    expect(await answer(stack.post('next'))).toEqual([200, 'next'])
    expect(await running).toEqual([200, 'sleep 0.4'])
    expect(stack.stats()).toMatchObject({ abandoned: 1, answered: { 200: 2 } })
  })
})

test('every line a run prints carries the id of its request, under concurrency', async () => {
  await stack.route([await stack.startWorker(printsAndEchoes)])
  const ids = Array.from({ length: 50 }, (_, index) => `id-${index}`)
  await Promise.all(ids.map(async (id) => await (await stack.post(id, { 'x-request-id': id })).text()))
  for (const id of ids) {
    const lines = stack.logs.filter((entry) => entry.requestId === id)
    expect(lines.map(({ stream, text }) => [stream, text])).toEqual([
      ['stdout', `scoring ${id}`],
      ['stderr', `worse ${id}`],
    ])
  }
})

test('closing lets running calls finish and refuses new connections', async () => {
  await stack.route([await stack.startWorker(obeys)])
  const running = answer(stack.post('sleep 0.3'))
  await until(() => stack.stats()?.inFlight === 1)
  const closed = stack.gateway.close()
  await expect(stack.post('late')).rejects.toThrow('fetch failed')
  expect(await running).toEqual([200, 'sleep 0.3'])
  await closed
})

test('closing answers a request that was on its way on an idle connection', async () => {
  await stack.route([await stack.startWorker(obeys)])
  const socket = connect(stack.port, '127.0.0.1').setEncoding('utf8')
  const ask = (text: string) =>
    socket.write(`POST ${prefix}/score HTTP/1.1\r\nHost: x\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
  let received = ''
  socket.on('data', (text: string) => (received += text))
  const ended = new Promise((resolve) => socket.once('end', resolve))
  ask('first')
  await until(() => received.endsWith('"first"'))
  expect(received).toContain('Connection: keep-alive')
  const closed = stack.gateway.close()
  ask('second')
  await ended
  expect(received).toMatch(/Connection: close\r\n[\s\S]*"second"$/)
  await closed
})

test('closing does not wait long for clients that have nothing to ask', async () => {
  const socket = connect(stack.port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  const ended = new Promise((resolve) => socket.once('close', resolve))
  await stack.gateway.close()
  await ended
  expect(socket.destroyed).toBe(true)
})

function answered(): number {
  return stack.stats()?.answered[200] ?? 0
}
