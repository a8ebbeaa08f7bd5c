/** Sends one request to one worker, before any gateway gives it calls. */
import { Condition } from '../service/condition.ts'
import type { ReplicaEvents } from '../service/replica.ts'
import { failedReply, type Reply, texts } from '../http/replies.ts'
import type { ReplicaEndpoint, VersionRoute } from '../service/service-route.ts'
import { WorkerReplica } from './worker-replica.ts'

export interface Trial {
  endpoint: ReplicaEndpoint
  /** JSON, sent as if it was posted. */
  body: string
  /** Time `run` may take. Over it: 504. */
  timeoutMs: number
  /** As the gateway's. */
  kill(pid: number, signal: 'SIGALRM' | 'SIGKILL'): void
  /** What the script prints meanwhile; as the gateway's. */
  onLog: ReplicaEvents['log']
}

const graceMs = 1_000
const requestId = 'sample-request'

/** Rejects with the reason of `signal`; a worker that goes away meanwhile is 502. The body of a stream is not waited for. */
export async function tryReplica(
  trial: Trial,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const changed = new Condition()
  const answered = Promise.withResolvers<Reply>()
  const replica = new WorkerReplica({
    endpoint: trial.endpoint,
    events: {
      freed: () => undefined,
      changed: () => changed.notify(),
      lost: () => undefined,
      returned: () => answered.resolve(failedReply(502, texts.crashed)),
      log: trial.onLog,
    },
    limits: () => limitsOf(trial),
    graceMs,
    kill: trial.kill,
  })
  const abort = () => answered.reject(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await changed.until(() => replica.isReady, signal)
    replica.send(callOf(trial, answered.resolve))
    const { status, body } = await answered.promise
    return { status, text: body.toString('utf8') }
  } finally {
    signal.removeEventListener('abort', abort)
    replica.close()
  }
}

function callOf({ body }: Trial, answer: (reply: Reply) => void) {
  return {
    id: 1,
    requestId,
    method: 'POST',
    query: '',
    rawHeaders: ['Content-Type', 'application/json', 'x-ms-request-id', requestId],
    remoteAddress: '',
    body: Buffer.from(body),
    isSettled: false,
    answer,
  }
}

/** Only its times count: a replica that is tried is behind no queue and no probe. */
function limitsOf({ endpoint, timeoutMs }: Trial): VersionRoute {
  return {
    name: '',
    isDefault: true,
    trafficPercent: 0,
    shadowPercent: 0,
    scoringTimeoutMs: timeoutMs,
    maxConcurrentPerReplica: 1,
    maxQueueWaitMs: 0,
    maxQueueLength: 0,
    maxColdStartMs: 0,
    replicas: [endpoint],
  }
}
