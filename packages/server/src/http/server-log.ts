/** The server's own log: structured lines on standard error. */
import { pino } from 'pino'

export interface ServerLog {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  /** Something broke; the error goes along with its causes. */
  error(message: string, error: unknown, fields?: Record<string, unknown>): void
}

export function createServerLog(level: 'debug' | 'info' | 'warn' | 'error'): ServerLog {
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))
  return {
    info: (message, fields = {}) => log.info(fields, message),
    warn: (message, fields = {}) => log.warn(fields, message),
    error: (message, error, fields = {}) => log.error({ ...fields, err: error }, message),
  }
}
