/** Starts a program that serves on a port, and waits for its first right answer. */
import { spawn } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { endTree } from '../load/process-tree.ts'
import type { ScoringRequest } from '../load/wrk.ts'
import { bodyOf, checkReply, type Started, type Work } from './contender.ts'

export interface ServerProgram {
  command: readonly string[]
  cwd: string
  env?: Readonly<Record<string, string>>
  scoringUrl: string
  headers?: Readonly<Record<string, string>>
  /** The body for the work; JSON with `data` unless given. */
  body?(work: Work): string
}

const deadlineMs = 60_000

/** Errors: it ends, answers wrongly, or does not answer within a minute; its last output is in the message. */
export async function startServerProgram(program: ServerProgram): Promise<Started> {
  const logFile = path.join(program.cwd, 'output.log')
  const log = openSync(logFile, 'w')
  const [command = '', ...args] = program.command
  const startedAt = performance.now()
  const child = spawn(command, args, {
    cwd: program.cwd,
    env: { ...process.env, ...program.env },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  const pid = child.pid ?? 0
  const stop = async () => await endTree(pid, ended)
  try {
    await firstReply(requestOf(program, { kind: 'numbers' }), { ended, startedAt })
  } catch (error) {
    await stop()
    const tail = (await readFile(logFile, 'utf8')).split('\n').slice(-20).join('\n')
    throw new Error(`${command} does not serve:\n${tail}`, { cause: error })
  }
  const firstReplyMs = performance.now() - startedAt
  return { pid, firstReplyMs, request: (work) => requestOf(program, work), stop }
}

function requestOf({ scoringUrl, headers = {}, body = bodyOf }: ServerProgram, work: Work): ScoringRequest {
  return { url: scoringUrl, headers: { 'Content-Type': 'application/json', ...headers }, body: body(work) }
}

interface Waiting {
  ended: Promise<void>
  startedAt: number
}

async function firstReply(request: ScoringRequest, { ended, startedAt }: Waiting): Promise<void> {
  let isOver = false
  void ended.then(() => (isOver = true))
  while (performance.now() - startedAt < deadlineMs) {
    if (isOver) throw new Error('it ended')
    if (await answersRightly(request)) return
    await pause(5)
  }
  throw new Error(`it did not answer within ${deadlineMs} ms`)
}

/** False while nothing answers, or says that it is not ready yet. Errors: a wrong answer. */
export async function answersRightly({ url, headers, body }: ScoringRequest): Promise<boolean> {
  const reply = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined)
  if (reply === undefined || reply.status === 503 || reply.status === 404) return false
  const text = await reply.text()
  if (!reply.ok) throw new Error(`it answered ${reply.status}: ${text}`)
  checkReply(text)
  return true
}
