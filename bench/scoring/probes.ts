/** What else is measured on a running server: its health while `run` is busy, and what idle connections cost. */
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Started } from './contenders/contender.ts'
import { treeMemoryMb } from './load/process-tree.ts'

const busyMs = 400
const healthRequests = 30

/** The slowest of the health requests that are sent while a run keeps the worker busy, in ms. */
export async function healthWhileBusyMs(server: Started): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const url = server.request({ kind: 'numbers' }).url.replace(/score$/, '')
  try {
    await getOnce(url, agent)
    const { url: scoringUrl, headers, body } = server.request({ kind: 'burn', ms: busyMs })
    const running = fetch(scoringUrl, { method: 'POST', headers, body })
    const isOver = running.then(() => true)
    // The run has begun long before these are over.
    let slowestMs = 0
    for (let sent = 0; sent < healthRequests && !(await isNow(isOver)); sent += 1)
      slowestMs = Math.max(slowestMs, await getOnce(url, agent))
    const reply = await running
    if (!reply.ok) throw new Error(`the busy run was answered ${reply.status}: ${await reply.text()}`)
    return slowestMs
  } finally {
    agent.destroy()
  }
}

/** Whether it is fulfilled already, after a turn of the event loop. */
async function isNow(promise: Promise<boolean>): Promise<boolean> {
  return await Promise.race([
    promise,
    new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(false), 2)
    }),
  ])
}

async function getOnce(url: string, agent: Agent): Promise<number> {
  const startedAt = performance.now()
  await new Promise<void>((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume().once('end', resolve)
    }).once('error', reject)
  })
  return performance.now() - startedAt
}

/** What the server's memory grows by, in MB, with so many connections that have each had one reply and stay open. */
export async function idleConnectionsMb(server: Started, count: number): Promise<number> {
  const before = await treeMemoryMb(server.pid)
  const sockets: Socket[] = []
  try {
    for (let opened = 0; opened < count; opened += 1) sockets.push(await askAndKeep(server))
    return (await treeMemoryMb(server.pid)) - before
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

async function askAndKeep(server: Started): Promise<Socket> {
  const { url, headers, body } = server.request({ kind: 'numbers' })
  const { hostname, port, pathname } = new URL(url)
  const socket = connect(Number(port), hostname)
  const lines = Object.entries({ Host: hostname, ...headers, 'Content-Length': body.length })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`POST ${pathname} HTTP/1.1\r\n${head}\r\n${body}`)
  await once(socket, 'data')
  return socket
}
