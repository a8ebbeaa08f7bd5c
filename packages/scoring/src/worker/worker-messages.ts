/** The contents of frames: a call for a worker, its reply, and what it says when it is ready. */
import {
  type Frame,
  encodeFrame,
  frameTypes,
  FrameError,
  maxHeadBytes,
  protocolVersion,
  replyMarks,
} from './frames.ts'
import type { ReplicaDescription, ScoringCall } from '../service/replica.ts'
import type { Reply } from '../http/replies.ts'

export interface Ready extends ReplicaDescription {
  pid: number
}

const none = Buffer.alloc(0)
const replyHeadBytes = 8

/**
 * The frame for a call; a POST to a text script, or of JSON to one with a schema, has no head. Undefined when no frame can
 * hold its headers.
 */
export function encodeCall(call: ScoringCall, description: ReplicaDescription): Buffer[] | undefined {
  const head = isPlain(call, description) ? none : encodeCallHead(call)
  if (head.length > maxHeadBytes) return undefined
  return encodeFrame({ type: frameTypes.call, flags: 0, id: call.id, head, body: call.body })
}

function isPlain(call: ScoringCall, { kind, requestHeaders }: ReplicaDescription): boolean {
  if (requestHeaders || call.method !== 'POST') return false
  return kind === 'text' || (kind === 'schema' && isJson(call.rawHeaders))
}

/** Whether the content type is clearly JSON; the worker judges what is not clear. */
function isJson(rawHeaders: readonly string[]): boolean {
  const types = rawHeaders.filter((_, at) => at % 2 === 1 && isContentType(rawHeaders[at - 1]))
  return types.length === 1 && /^application\/json *(;|$)/i.test(types[0] ?? '')
}

function isContentType(name = ''): boolean {
  return name.length === 12 && name.toLowerCase() === 'content-type'
}

/** The request line and headers as the script may see them: the service's own path is always `/score`. */
function encodeCallHead(call: ScoringCall): Buffer {
  const headers: [string, string][] = []
  for (let at = 0; at + 1 < call.rawHeaders.length; at += 2)
    headers.push([call.rawHeaders[at] ?? '', call.rawHeaders[at + 1] ?? ''])
  const { method, query, remoteAddress: remote } = call
  return Buffer.from(JSON.stringify({ method, path: '/score', query, headers, remote }))
}

/** Throws FrameError for what a worker of this protocol does not send. */
export function readReply(frame: Frame): Reply {
  const { head, body } = frame
  if (head.length < replyHeadBytes)
    throw new FrameError(`a reply's head has 8 bytes or more (${head.length})`)
  const marks = head.readUInt8(2)
  const status = head.readUInt16LE(0)
  if (status < 200 || status > 599)
    throw new FrameError(`the status of a reply must be from 200 to 599 (${status})`)
  const reply: Reply = { status, body, isFromWorker: true }
  if (!(marks & replyMarks.plainHeaders)) reply.failed = (marks & replyMarks.failed) !== 0
  if (marks & replyMarks.timed) reply.runUs = head.readUInt32LE(4)
  if (head.length > replyHeadBytes) setHeaders(reply, head.subarray(replyHeadBytes))
  return reply
}

/** Throws FrameError for what this gateway cannot talk to. */
export function readReady(frame: Frame): Ready {
  const said = parseObject(frame.body)
  const { protocol, pid, kind, requestHeaders, swagger } = said
  if (protocol !== protocolVersion)
    throw new FrameError(`the worker must speak protocol ${protocolVersion} (${String(protocol)})`)
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 1)
    throw new FrameError(`a worker's pid must be a number above 1 (${String(pid)})`)
  if (typeof kind !== 'string' || !isTextRecord(swagger))
    throw new FrameError('a worker must describe itself')
  return { pid, kind, requestHeaders: requestHeaders === true, swagger }
}

/** The first may be `:reason`, the phrase that a script has put behind the status. */
function setHeaders(reply: Reply, json: Buffer): void {
  const pairs = parseJson(json)
  if (!Array.isArray(pairs) || !pairs.every(isPair)) throw new FrameError("a reply's headers must be pairs")
  const [first, ...others] = pairs
  const hasReason = first?.[0] === ':reason'
  if (hasReason) reply.reason = first[1]
  reply.headers = hasReason ? others.flat() : pairs.flat()
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'string')
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((each) => typeof each === 'string')
}

function parseObject(json: Buffer): Record<string, unknown> {
  const value = parseJson(json)
  if (!isObject(value)) throw new FrameError('a worker must describe itself as an object')
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseJson(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString('utf8'))
  } catch (error) {
    throw new FrameError('a worker sent what is not JSON', { cause: error })
  }
}
