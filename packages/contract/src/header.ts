/** The request headers that routes read: one rule each, for the server and for OpenAPI. */
import * as z from 'zod'

export const requestHeaders = {
  'idempotency-key': z
    .string()
    .min(1, 'must not be empty')
    .max(200, 'must be at most 200 characters')
    .optional()
    .describe('A repeated key answers what the first call answered.'),
  'if-match': z
    .string()
    .regex(/^"?[0-9]{1,15}"?$/, 'must be a revision, which is a number')
    .optional()
    .describe('Revision the change is based on.'),
  'upload-offset': z
    .string('must be given')
    .regex(/^[0-9]{1,15}$/, 'must be a number of bytes')
    .describe('Offset of the first byte of this part; must be the upload’s own.'),
  'last-event-id': z
    .string()
    .regex(/^[0-9]{1,15}$/, 'must be the id of an event')
    .optional()
    .describe('Id of the last event received, to go on after it; wins over `after`.'),
} as const satisfies Record<string, z.ZodType>

export type RequestHeader = keyof typeof requestHeaders

/** The rules of the headers that a route reads. */
export function headerSchema(names: readonly RequestHeader[]): z.ZodObject {
  return z.object(Object.fromEntries(names.map((name) => [name, requestHeaders[name]])))
}
