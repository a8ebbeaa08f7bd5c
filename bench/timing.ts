/** Times asynchronous work. */

/** Milliseconds that the work takes. */
export async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** `runs` times of the work, one after the other. */
export async function timesMs(runs: number, work: (run: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let run = 0; run < runs; run += 1) times.push(await timeMs(() => work(run)))
  return times
}
