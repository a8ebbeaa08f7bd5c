/** Why a service, or a version of it, is or is not ready. */
import * as z from 'zod'
import { ServiceName } from './names.ts'
import { ServiceState, Autoscale } from './service.ts'
import { VersionName } from './service-version.ts'

export const WhyStep = z
  .object({
    step: z.enum(['spec', 'environment', 'build', 'start', 'import', 'init', 'sample', 'route', 'ready']),
    status: z.enum(['ok', 'waiting', 'failed', 'unknown']),
    message: z.string(),
    at: z.iso.datetime().optional(),
  })
  .meta({ id: 'WhyStep' })

export type WhyStep = z.output<typeof WhyStep>

const AutoscaleNow = Autoscale.extend({
  sample: z.string().optional().describe('What the autoscaler saw last, and what follows from it.'),
}).meta({ id: 'AutoscaleNow' })

const answer = {
  state: ServiceState,
  summary: z.string().describe('The answer in one sentence.'),
  chain: z.array(WhyStep).describe('From the wish to the fact, in order.'),
  hint: z.string().optional().describe('What to do.'),
  log: z.array(z.string()).describe('The lines of the log that belong to the first failing step.'),
  autoscale: AutoscaleNow.optional().describe('How many replicas the autoscaler wants, and why.'),
}

export const WhyVersion = z.object({ name: VersionName, ...answer }).meta({ id: 'WhyVersion' })
export type WhyVersion = z.output<typeof WhyVersion>

export const Why = z
  .object({
    service: ServiceName,
    ...answer,
    versions: z.array(WhyVersion).describe('The same of every version beside the default one.'),
  })
  .meta({ id: 'Why' })

export type Why = z.output<typeof Why>
