/** Streams of events: what they bring, where they resume, when they end, and that nothing of them stays. */
import { chmod, stat, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import type { Change, LogEntry, Model, Problem } from '@slipway/contract'
import type { ServerEvent } from '@slipway/sdk'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { serviceLogKey } from '../../src/services/service-document.ts'
import { openEvents } from '../../../../test/support/event-reader.ts'
import {
  createImage,
  deployService,
  registerModel,
  startApp,
  token,
  uploadFile,
  type RunningApp,
} from '../running-app.ts'

const workspace = '/v1/workspaces/default'

let app: RunningApp

beforeEach(async () => {
  app = await startApp()
})

afterEach(() => app.close())

function open({ port }: RunningApp, target: string, headers: Record<string, string> = {}) {
  return openEvents({ url: `http://127.0.0.1:${port}`, token, target, headers })
}

function changeOf(event: ServerEvent | undefined): Change {
  return JSON.parse(event?.data ?? 'null') as Change
}

function textOf({ type, revision, resource }: Change): string {
  const { kind, name, version } = resource
  return `${revision} ${type} ${kind}/${name}${version === undefined ? '' : `:${version}`}`
}

async function changes(target: string, headers: Record<string, string>, count: number): Promise<string[]> {
  const reader = await open(app, target, headers)
  const seen: string[] = []
  while (seen.length < count) seen.push(textOf(changeOf(await reader.next())))
  reader.leave()
  return seen
}

describe('a watch', () => {
  const events = `${workspace}/events`

  test('brings changes from now on, each with its revision as id', async () => {
    await registerModel(app, 'before')
    const reader = await open(app, events)
    const { metadata } = await registerModel(app, 'after')
    const event = await reader.next()
    expect(event?.id).toBe(String(metadata.revision))
    expect(changeOf(event)).toMatchObject({
      type: 'put',
      resource: { kind: 'model', name: 'after', version: 1 },
    })
    reader.leave()
  })

  test('brings what was deleted as it last was', async () => {
    const { metadata } = await registerModel(app, 'gone', { description: 'last words' })
    await app.send('DELETE', `${workspace}/models/gone/versions/1`)
    const reader = await open(app, `${events}?after=${metadata.revision}`)
    expect(changeOf(await reader.next())).toMatchObject({
      type: 'delete',
      resource: { kind: 'model', name: 'gone', version: 1, metadata: { description: 'last words' } },
    })
    reader.leave()
  })

  test('resumes after a revision, and after the last event, which wins', async () => {
    const a = (await registerModel(app, 'a')).metadata.revision
    const b = (await registerModel(app, 'b')).metadata.revision
    const c = (await registerModel(app, 'c')).metadata.revision
    const all = [`${a} put model/a:1`, `${b} put model/b:1`, `${c} put model/c:1`]
    expect(await changes(`${events}?after=0&kind=model`, {}, 3)).toEqual(all)
    expect(await changes(`${events}?after=${a}`, {}, 2)).toEqual(all.slice(1))
    expect(await changes(`${events}?after=0`, { 'last-event-id': String(b) }, 1)).toEqual(all.slice(2))
  })

  test('brings only the kind that was asked for, and never what is internal', async () => {
    await createImage(app, 'img')
    await deployService(app, 'svc', 'img')
    const reader = await open(app, `${events}?after=0`)
    await registerModel(app, 'the-end')
    const kinds = new Set<string>()
    for (;;) {
      const { resource } = changeOf(await reader.next())
      kinds.add(resource.kind)
      if (resource.name === 'the-end') break
    }
    reader.leave()
    expect(
      [...kinds].every((kind) => ['model', 'image', 'service', 'operation', 'environment'].includes(kind)),
    ).toBe(true)
    const services = await changes(`${events}?after=0&kind=service`, {}, 1)
    expect(services).toMatchObject([expect.stringContaining('put service/svc')])
  })

  test('of another workspace brings nothing of this one', async () => {
    await app.send('POST', '/v1/workspaces', { json: { name: 'other' } })
    await registerModel(app, 'here')
    const reader = await open(app, '/v1/workspaces/other/events?after=0')
    const files = (await registerModel(app, 'there')).spec.files
    const json = { name: 'mine', layout: 'file', files }
    await app.send('POST', '/v1/workspaces/other/models', { json })
    expect(changeOf(await reader.next()).resource).toMatchObject({ kind: 'model', name: 'mine' })
    reader.leave()
  })

  test('after a revision that never was ends with a problem that says what to do', async () => {
    const reader = await open(app, `${events}?after=999999`)
    const [event, ...more] = await reader.rest()
    expect(event?.type).toBe('problem')
    expect(JSON.parse(event?.data ?? '') as Problem).toMatchObject({ status: 410, code: 'expired' })
    expect(more).toEqual([])
  })

  test.each(['after=-1', 'after=x', 'kind=workspace'])(
    'with %s is refused before it begins',
    async (query) => {
      expect((await app.send('GET', `${events}?${query}`)).json).toMatchObject({ code: 'invalid' })
    },
  )

  test('that resumes after something that is no id is refused', async () => {
    const reply = await app.send('GET', events, { headers: { 'last-event-id': 'yesterday' } })
    expect(reply.json).toMatchObject({ code: 'invalid', fields: [{ path: 'header.last-event-id' }] })
  })
})

describe('a log that is followed', () => {
  const entry = (text: string): LogEntry => ({
    time: new Date().toISOString(),
    source: 'r1',
    stream: 'stdout',
    text,
  })

  test('ends when the build has ended, and not before', async () => {
    await createImage(app, 'img', { environment: { condaFile: 'dependencies: [python=1.2]', strict: true } })
    const followed = `${workspace}/images/img/versions/1/logs/stream`
    const events = await (await open(app, followed)).rest()
    const last = JSON.parse(events.at(-2)?.data ?? '') as LogEntry
    expect(last.text).toMatch(/^The image (is ready|was not built)\.$/)
    expect(events.at(-1)?.type).toBe('end')
    // Who comes after the end gets the same, and the end again.
    expect(await (await open(app, followed)).rest()).toEqual(events)
  })

  test('brings what is there, then what comes, and ends when its service is gone from the log store', async () => {
    await createImage(app, 'img')
    await deployService(app, 'svc', 'img')
    const key = serviceLogKey({ workspace: 'default', name: 'svc' })
    await app.logs.append(key, [entry('one'), entry('two')])
    const reader = await open(app, `${workspace}/services/svc/logs/stream?lines=1`)
    const textOfNext = async () => (JSON.parse((await reader.next())?.data ?? '{}') as LogEntry).text
    expect(await textOfNext()).toBe('two')
    await app.logs.append(key, [entry('three')])
    expect(await textOfNext()).toBe('three')
    await app.logs.remove(key)
    expect((await reader.next())?.type).toBe('end')
  })

  test('brings only what one request wrote', async () => {
    await createImage(app, 'img')
    await deployService(app, 'svc', 'img')
    const key = serviceLogKey({ workspace: 'default', name: 'svc' })
    const reader = await open(app, `${workspace}/services/svc/logs/stream?requestId=mine`)
    await app.logs.append(key, [entry('theirs'), { ...entry('mine'), requestId: 'mine' }])
    expect((JSON.parse((await reader.next())?.data ?? '{}') as LogEntry).text).toBe('mine')
    reader.leave()
  })
})

describe('a server that stops', () => {
  test('tells streams that they may come back', async () => {
    const stopped = await startApp()
    await createImage(stopped, 'img')
    await deployService(stopped, 'svc', 'img')
    const watch = await open(stopped, `${workspace}/events`)
    const log = await open(stopped, `${workspace}/services/svc/logs/stream`)
    const [closed, ...ends] = await Promise.all([stopped.close(), watch.rest(), log.rest()])
    expect(closed).toBeUndefined()
    for (const events of ends) {
      expect(events.at(-1)?.type).toBe('problem')
      expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({ status: 503, code: 'unavailable' })
    }
  })

  test('closes connections that wait for a next request', async () => {
    const stopped = await startApp()
    const socket = connect(stopped.port, '127.0.0.1')
    socket.write('GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n')
    await new Promise((resolve) => socket.once('data', resolve))
    const ended = new Promise((resolve) => socket.once('close', resolve))
    await stopped.close()
    await ended
    expect(socket.destroyed).toBe(true)
  })

  test('answers a part that is still being sent, and keeps what came of it', async () => {
    const stopped = await startApp()
    const json = { digest: `sha256:${'0'.repeat(64)}`, sizeBytes: 1000 }
    const { id } = (await stopped.send('POST', `${workspace}/uploads`, { json })).json as { id: string }
    const socket = connect(stopped.port, '127.0.0.1')
    const head = [`PATCH ${workspace}/uploads/${id} HTTP/1.1`, 'host: x', `authorization: Bearer ${token}`]
    const rest = ['content-type: application/octet-stream', 'upload-offset: 0', 'content-length: 1000']
    socket.write(`${[...head, ...rest].join('\r\n')}\r\n\r\nhalf of it`)
    const reply = (async () => {
      let text = ''
      for await (const chunk of socket.setEncoding('utf8')) text += String(chunk)
      return text
    })()
    const arrived = path.join(stopped.folder, 'blobs', 'uploads', id, 'bytes')
    await expect.poll(async () => (await stat(arrived)).size).toBe(10)
    await stopped.close()
    expect(await reply).toMatch(/^HTTP\/1.1 503 /)
  })
})

describe('a part that is refused before its end', () => {
  const upload = '/v1/workspaces/default/uploads'

  test.each([
    {
      why: 'because it begins elsewhere',
      line: `PATCH ${upload}/ID`,
      header: 'upload-offset: 7',
      status: '409',
    },
    { why: 'because it says no offset', line: `PATCH ${upload}/ID`, header: 'x: y', status: '422' },
    {
      why: 'because there is no such upload',
      line: `PATCH ${upload}/gone`,
      header: 'upload-offset: 0',
      status: '404',
    },
    {
      why: 'because there is no such workspace',
      line: 'PATCH /v1/workspaces/gone/uploads/ID',
      header: 'upload-offset: 0',
      status: '404',
    },
    { why: 'because there is no such path', line: 'PATCH /v1/gone', header: 'x: y', status: '404' },
    { why: 'because JSON is wanted', line: `POST ${upload}`, header: 'x: y', status: '415' },
  ])('$why leaves the connection to the next request', async ({ line, header, status }) => {
    const json = { digest: `sha256:${'2'.repeat(64)}`, sizeBytes: 2 ** 22 }
    const { id } = (await app.send('POST', upload, { json })).json as { id: string }
    const socket = connect(app.port, '127.0.0.1').setEncoding('utf8')
    const replies = readStatuses(socket, 2)
    const head = [`${line.replace('ID', id)} HTTP/1.1`, 'host: x', `authorization: Bearer ${token}`]
    const rest = ['content-type: application/octet-stream', header, `content-length: ${2 ** 22}`]
    socket.write(`${[...head, ...rest].join('\r\n')}\r\n\r\n${'x'.repeat(2 ** 22)}`)
    socket.write('GET /v1/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    expect(await replies).toEqual([status, '200'])
  })
})

describe('a client that leaves', () => {
  test('takes all that was held for it along', async () => {
    await createImage(app, 'img')
    await (await open(app, `${workspace}/images/img/versions/1/logs/stream`)).rest()
    await deployService(app, 'svc', 'img')
    const targets = [`${workspace}/events`, `${workspace}/services/svc/logs/stream`]
    const openMany = () =>
      Promise.all(Array.from({ length: 20 }, (_, index) => open(app, targets[index % 2] ?? '')))
    await expect.poll(held).toMatchObject({ TCPSocketWrap: 0 })
    const before = held()
    for (let round = 0; round < 5; round += 1) {
      const readers = await openMany()
      expect(held().Timeout).toBeGreaterThanOrEqual(before.Timeout + readers.length)
      for (const reader of readers) reader.leave()
      await expect.poll(held).toMatchObject({ TCPSocketWrap: 0 })
    }
    // Reconcilers have timers that come and go; one heartbeat left by each stream would be a hundred.
    expect(held().Timeout).toBeLessThan(before.Timeout + 20)
  })
})

/** Connections and timers of this process: a heartbeat that nobody ended would be one of them. */
function held() {
  const resources = process.getActiveResourcesInfo()
  const count = (type: string) => resources.filter((resource) => resource === type).length
  return { TCPSocketWrap: count('TCPSocketWrap'), Timeout: count('Timeout') }
}

describe('a download that breaks', () => {
  const spoil = async ({ spec }: Model, content: Buffer) => {
    const [, hex = ''] = spec.files[0]?.digest.split(':') ?? []
    const blob = path.join(app.folder, 'blobs', 'sha256', hex.slice(0, 2), hex)
    await chmod(blob, 0o600)
    await writeFile(blob, content)
  }
  const content = `${workspace}/models/rotten/versions/1/content?path=model.txt`

  test('before anything was sent is a problem, and whoever runs the server hears of it', async () => {
    await spoil(await registerModel(app, 'rotten'), Buffer.from('wEIGHTS'))
    expect((await app.send('GET', content)).json).toMatchObject({ status: 500, code: 'corrupted' })
    expect(app.faults).toMatchObject([{ code: 'corrupted' }])
  })

  test('midway ends without its last bytes, and whoever runs the server hears of it', async () => {
    const bytes = 'x'.repeat(5_000_000)
    const files = [await uploadFile(app, 'model.txt', bytes)]
    await spoil(await registerModel(app, 'rotten', { files }), Buffer.from(`${bytes.slice(1)}y`))
    await expect(app.send('GET', content)).rejects.toThrow('aborted')
    expect(app.faults).toMatchObject([{ code: 'corrupted' }])
  })

  test('because the client left is no fault', async () => {
    const files = [await uploadFile(app, 'model.txt', 'x'.repeat(20_000_000))]
    await registerModel(app, 'rotten', { files })
    const reader = await open(app, content)
    reader.leave()
    await expect.poll(held).toMatchObject({ TCPSocketWrap: 0 })
    expect(app.faults).toEqual([])
  })
})

/** The statuses of the replies that come on a connection, up to this many or its end. */
async function readStatuses(socket: Socket, count: number): Promise<string[]> {
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    if ((text.match(/HTTP\/1\.1 \d+/g) ?? []).length === count) break
  }
  return [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status)
}
