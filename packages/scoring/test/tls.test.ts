/** HTTPS on the scoring port: certificates from files, and what happens when they change. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Notice } from '../src/index.ts'
import { prefix, ScoringStack, until } from './scoring-stack.ts'
import { echoes } from './scripts.ts'

const host = '127.0.0.1'

function makeCertificate(folder: string, name: string): void {
  const files = ['-keyout', path.join(folder, 'tls.key'), '-out', path.join(folder, 'tls.crt')]
  const what = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...what, '-subj', `/CN=${name}`, ...files], { stdio: 'ignore' })
}

const filesIn = (folder: string) => ({
  certFile: path.join(folder, 'tls.crt'),
  keyFile: path.join(folder, 'tls.key'),
})

/** Name in the certificate that a new connection is shown. */
async function shownName(port: number): Promise<string> {
  const socket = connect({ port, host, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return String(CN)
}

async function postOver(
  port: number,
  agent: Agent,
  body: string,
): Promise<{ body: string; socket: TLSSocket }> {
  const sent = request({
    port,
    host,
    path: `${prefix}/score`,
    method: 'POST',
    agent,
    rejectUnauthorized: false,
  })
  sent.end(body)
  const [reply] = (await once(sent, 'response')) as [NodeJS.ReadableStream & { socket: TLSSocket }]
  const { socket } = reply
  let text = ''
  for await (const piece of reply) text += String(piece)
  return { body: text, socket }
}

describe('TLS', () => {
  let stack: ScoringStack
  let folder: string
  const notices: Notice[] = []
  const folderOf = (name: string) => path.join(folder, name)
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tls-'))
    for (const name of ['first', 'second', 'third']) {
      await mkdir(folderOf(name))
      makeCertificate(folderOf(name), name)
    }
    stack = await ScoringStack.open({ onNotice: (notice) => notices.push(notice) })
    await stack.route([await stack.startWorker(echoes)])
  })
  afterEach(() => {
    notices.length = 0
  })
  afterAll(async () => {
    await stack?.close()
    await rm(folder, { recursive: true })
  })

  /** A port whose files are a copy of those of `first`. */
  async function listen(name: string): Promise<{ port: number; inUse: string }> {
    const inUse = folderOf(name)
    await cp(folderOf('first'), inUse, { recursive: true })
    return { ...(await stack.gateway.listen({ port: 0, host, tls: filesIn(inUse) })), inUse }
  }

  test.each([{ body: 'small' }, { body: 'large '.repeat(200_000) }])(
    'scores over HTTPS beside the plain port',
    async ({ body }) => {
      const { port } = await listen(`scores-${body.length}`)
      const agent = new Agent({ keepAlive: true })
      const first = await postOver(port, agent, body)
      const again = await postOver(port, agent, body)
      expect([first.body, again.body]).toEqual([JSON.stringify(body), JSON.stringify(body)])
      expect(again.socket).toBe(first.socket)
      expect(await (await stack.post('plain')).json()).toBe('plain')
      agent.destroy()
    },
  )

  test('a client that also speaks HTTP/2 is told to speak HTTP/1.1', async () => {
    const { port } = await listen('protocols')
    const socket = connect({ port, host, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] })
    await once(socket, 'secureConnect')
    expect(socket.alpnProtocol).toBe('http/1.1')
    socket.destroy()
  })

  test('files that are replaced hold for new connections, and those that are open go on', async () => {
    const { port, inUse } = await listen('replaced')
    const agent = new Agent({ keepAlive: true })
    const { socket } = await postOver(port, agent, 'before')
    await cp(folderOf('second'), inUse, { recursive: true })
    await until(() => notices.length > 0)
    expect(notices).toEqual([{ isError: false, text: `certificate ${inUse}/tls.crt was read again` }])
    expect(await shownName(port)).toBe('second')
    expect((await postOver(port, agent, 'after')).socket).toBe(socket)
    agent.destroy()
  })

  test('files that are renamed into place hold too', async () => {
    const { port, inUse } = await listen('renamed')
    for (const file of ['tls.key', 'tls.crt']) {
      await cp(path.join(folderOf('second'), file), path.join(inUse, `${file}.new`))
      await rename(path.join(inUse, `${file}.new`), path.join(inUse, file))
    }
    await until(() => notices.some(({ isError }) => !isError))
    expect(await shownName(port)).toBe('second')
  })

  test('a folder behind symbolic links may be exchanged, as certificate managers do, more than once', async () => {
    const inUse = folderOf('linked')
    await mkdir(inUse)
    await symlink(folderOf('first'), path.join(inUse, '..data'))
    for (const file of ['tls.key', 'tls.crt']) await symlink(`..data/${file}`, path.join(inUse, file))
    const { port } = await stack.gateway.listen({ port: 0, host, tls: filesIn(inUse) })
    expect(await shownName(port)).toBe('first')
    for (const next of ['second', 'third']) {
      notices.length = 0
      await symlink(folderOf(next), path.join(inUse, '..new'))
      await rename(path.join(inUse, '..new'), path.join(inUse, '..data'))
      await until(() => notices.length > 0)
      expect(await shownName(port)).toBe(next)
    }
  })

  test('a pair that cannot be used leaves the one of before in use and says so; the right one then holds', async () => {
    const { port, inUse } = await listen('broken')
    await cp(path.join(folderOf('second'), 'tls.crt'), path.join(inUse, 'tls.crt'))
    await until(() => notices.length > 0)
    expect(notices[0]?.isError).toBe(true)
    expect(notices[0]?.text).toMatch(
      /^the certificate of before stays in use: certificate .*tls\.crt and key .*tls\.key cannot be used: /,
    )
    expect(await shownName(port)).toBe('first')
    await cp(path.join(folderOf('second'), 'tls.key'), path.join(inUse, 'tls.key'))
    await until(() => notices.some(({ isError }) => !isError))
    expect(await shownName(port)).toBe('second')
  })

  test('what is no certificate keeps the port closed', async () => {
    const inUse = folderOf('none')
    await mkdir(inUse)
    await writeFile(path.join(inUse, 'tls.crt'), 'no certificate')
    const listening = stack.gateway.listen({ port: 0, host, tls: filesIn(inUse) })
    await expect(listening).rejects.toThrow(/tls\.key.* cannot be used: ENOENT/)
  })

  test('a client that does not speak TLS is let go', async () => {
    const { port } = await listen('plain')
    await expect(fetch(`http://${host}:${port}/`)).rejects.toThrow('fetch failed')
  })

  test('a handshake that stalls does not keep the gateway from closing', async () => {
    const other = await ScoringStack.open({ closeDeadlineMs: 300 })
    const { port } = await other.gateway.listen({ port: 0, host, tls: filesIn(folderOf('first')) })
    const stalled = connectPlain({ port, host })
    await once(stalled, 'connect')
    const ended = once(stalled.resume(), 'close')
    await other.gateway.close()
    await ended
    expect(stalled.bytesRead).toBe(0)
    await other.close()
  })
})
