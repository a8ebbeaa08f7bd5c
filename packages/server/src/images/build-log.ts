/** The log of one build: written in order, ended with what came of it, or discarded with its image. */
import type { LogStore } from '../store/logs/log-store.ts'
import { buildLogKey, endOfBuild, type ImageResource } from './image-document.ts'

export interface BuildLogTools {
  logs: LogStore
  now(): Date
  /** Told once per log that it cannot be written: a build goes on without. */
  onError(message: string, error: unknown, fields: Record<string, unknown>): void
}

export interface BuildLog {
  /** Does not wait; nothing is written after `discard`. */
  write(text: string): void
  /** Writes the last line, which followers wait for, behind all others. */
  end(outcome: keyof typeof endOfBuild): Promise<void>
  /** Stops writing and removes what was written. Errors: those of the log store. */
  discard(): Promise<void>
}

export function openBuildLog({ logs, now, onError }: BuildLogTools, image: ImageResource): BuildLog {
  const key = buildLogKey(image.metadata.uid)
  let discarded = false
  let reported = false
  let written = Promise.resolve()
  const report = (error: unknown) => {
    if (!reported) onError('a build log was not written', error, { key })
    reported = true
  }
  const append = (stream: 'stdout' | 'system', text: string): Promise<void> => {
    const time = now().toISOString()
    written = written
      .then(() => (discarded ? undefined : logs.append(key, [{ time, source: 'build', stream, text }])))
      .catch(report)
    return written
  }
  return {
    write: (text) => void append('stdout', text),
    end: (outcome) => append('system', endOfBuild[outcome]),
    async discard() {
      discarded = true
      await written
      await logs.remove(key)
    },
  }
}
