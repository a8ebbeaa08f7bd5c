/** How many replicas a steady load needs: the formula of the autoscaler, before there is anything to measure. */
import { ceiling } from './ceiling.ts'

export interface ExpectedLoad {
  requestsPerSecond: number
  /** Time one request takes in `run`. */
  requestSeconds: number
  /** Part of the replicas that is to be busy, above 0 and at most 1. */
  targetUtilization: number
  /** Requests that one replica really works on at a time: 1 for Python scripts. */
  maxConcurrentPerReplica: number
}

/** Replicas = requests per second × seconds each ÷ utilization ÷ requests per replica, rounded up. */
export function sizing(load: ExpectedLoad): number {
  const busy = load.requestsPerSecond * load.requestSeconds
  return ceiling(busy / load.targetUtilization / load.maxConcurrentPerReplica)
}
