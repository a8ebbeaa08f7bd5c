/** Says on which machine figures were measured, and when. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

export function describeMachine(): string {
  const [load = 0] = loadavg()
  const gib = (totalmem() / 2 ** 30).toFixed(0)
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const date = new Date().toISOString().slice(0, 10)
  return `${date}, ${availableParallelism()} × ${model}, ${gib} GiB, Node ${process.version}, load ${load.toFixed(2)} at the start`
}
