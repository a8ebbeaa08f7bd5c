/** Has each new replica answer the sample request of its version before it is given requests. */
import type { ReplicaStatus } from '@slipway/compute'
import type { ReplicaEndpoint } from '@slipway/scoring'
import type { ResourceKey } from '../store/resource-store.ts'
import type { SeenReplica } from './plan.ts'
import { endpointOf } from './routes.ts'

export interface SampleRequest {
  endpoint: ReplicaEndpoint
  body: string
  /** Longest the answer may take. */
  timeoutMs: number
}

export interface SampleReply {
  status: number
  text: string
}

export interface SampleCheckOptions {
  /** Sends one request to one replica. Errors: it cannot be reached, or does not answer in time. */
  tryReplica(key: ResourceKey, request: SampleRequest, signal: AbortSignal): Promise<SampleReply>
  /** Called when a service should be looked at again, for a replica has answered. */
  poke(key: ResourceKey): void
}

/** What the replicas of one workload have to answer. */
export interface Sample {
  key: ResourceKey
  workloadId: string
  /** Undefined where a version has none: then replicas count as soon as they are ready. */
  body: string | undefined
  timeoutMs: number
}

export interface SampleChecks {
  /**
   * The replicas as they count: one that is ready is still starting while it has not answered, and has failed where it
   * answered with an error. One that counted once goes on counting when the sample changes.
   */
  judge(replicas: readonly ReplicaStatus[], sample: Sample): SeenReplica[]
  /** Has the replicas of a workload that is gone no longer be known. */
  forget(workloadId: string): void
  close(): void
}

type Verdict = { kind: 'trying' } | { kind: 'passed' } | { kind: 'failed'; message: string }

/** Of a reply, in a message. */
const shownCharacters = 500

export function createSampleChecks(options: SampleCheckOptions): SampleChecks {
  const stopping = new AbortController()
  const workloads = new Map<string, Map<string, Verdict>>()

  const begin = (endpoint: ReplicaEndpoint, sample: Sample): Verdict => {
    const { key, workloadId, body, timeoutMs } = sample
    if (body === undefined) return { kind: 'passed' }
    const settle = (verdict: Verdict) => {
      if (stopping.signal.aborted) return
      workloads.get(workloadId)?.set(endpoint.id, verdict)
      options.poke(key)
    }
    options.tryReplica(key, { endpoint, body, timeoutMs }, stopping.signal).then(
      (reply) => settle(verdictOf(reply)),
      (error: unknown) => settle({ kind: 'failed', message: `the sample request failed: ${String(error)}` }),
    )
    return { kind: 'trying' }
  }

  return {
    judge(replicas, sample) {
      const known = workloads.get(sample.workloadId) ?? new Map<string, Verdict>()
      const now = new Map<string, Verdict>()
      workloads.set(sample.workloadId, now)
      return replicas.map((replica) => {
        const endpoint = endpointOf(replica)
        if (!endpoint) return replica
        const verdict = known.get(endpoint.id) ?? begin(endpoint, sample)
        now.set(endpoint.id, verdict)
        return judged(replica, verdict)
      })
    },
    forget: (workloadId) => void workloads.delete(workloadId),
    close: () => stopping.abort(new Error('the server stops')),
  }
}

function verdictOf({ status, text }: SampleReply): Verdict {
  if (status < 400) return { kind: 'passed' }
  return {
    kind: 'failed',
    message: `the sample request was answered ${status}: ${text.slice(0, shownCharacters)}`,
  }
}

function judged(replica: ReplicaStatus, verdict: Verdict): SeenReplica {
  if (verdict.kind === 'passed') return replica
  if (verdict.kind === 'trying') return { ...replica, phase: 'starting', step: 'sample' }
  const failure = { reason: 'SampleRequestFailed', message: verdict.message } as const
  return { ...replica, phase: 'failed', step: 'sample', failure }
}
