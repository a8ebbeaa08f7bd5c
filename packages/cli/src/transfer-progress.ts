/** Tells how far uploads and downloads are. */
import type { TransferProgress } from '@slipway/sdk/node'
import { formatBytes } from './output/amounts.ts'
import type { Progress } from './output/progress.ts'

const verbs = { hashing: 'reading', uploading: 'uploading', downloading: 'downloading' } as const

/** A function for `onProgress` that shows bytes and rate. Phases without bytes are passed over. */
export function showTransfer(progress: Progress, now: () => number): (state: TransferProgress) => void {
  let phase: string | undefined
  let startedAt = 0
  let bytesBefore = 0
  return (state) => {
    if (state.bytesTotal === 0) return
    if (state.phase !== phase) {
      phase = state.phase
      startedAt = now()
      bytesBefore = state.bytesDone
    }
    const seconds = (now() - startedAt) / 1000
    const rate = seconds > 0 ? `, ${formatBytes((state.bytesDone - bytesBefore) / seconds)}/s` : ''
    const files = state.filesTotal === 1 ? '1 file' : `${state.filesTotal} files`
    const done = `${formatBytes(state.bytesDone)} of ${formatBytes(state.bytesTotal)}`
    progress.sayAmount(`${verbs[state.phase]} ${files}: ${done}${rate}`)
  }
}
