/** Log entries, as they are read and followed. */
import * as z from 'zod'

export const LogEntry = z
  .object({
    time: z.iso.datetime(),
    source: z.string().describe('The replica or the build step that wrote it.'),
    stream: z.enum(['stdout', 'stderr', 'system']),
    requestId: z.string().optional().describe('The request during which it was written.'),
    text: z.string(),
  })
  .meta({ id: 'LogEntry' })

export type LogEntry = z.output<typeof LogEntry>

export const LogLines = z.object({ items: z.array(LogEntry) }).meta({ id: 'LogLines' })

export const logQuery = {
  lines: z.coerce.number().int().min(1).max(100_000).default(5000).describe('Most entries, the newest ones.'),
  requestId: z.string().max(200).optional().describe('Only what this request wrote.'),
}
