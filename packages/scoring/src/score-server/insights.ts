/** Application Insights as Azure's server is told about it: understood, and said not to be there. */
import type { LookUp } from './config-file.ts'
import type { Flags } from './flags.ts'

export interface Insights {
  /** What scripts are told. */
  environment: Record<string, string>
  warnings: string[]
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A key given by flag asks for it; else AML_APP_INSIGHTS_ENABLED does. */
export function readInsights({ insightsKey }: Flags, lookUp: LookUp): Insights {
  const key = insightsKey ?? lookUp('AML_APP_INSIGHTS_KEY')
  const isWanted = insightsKey !== undefined || lookUp('AML_APP_INSIGHTS_ENABLED') === 'true'
  const environment = {
    AML_APP_INSIGHTS_ENABLED: 'false',
    ...(key !== undefined && { AML_APP_INSIGHTS_KEY: key }),
  }
  return { environment, warnings: isWanted ? [explain(key)] : [] }
}

function explain(key: string | undefined): string {
  if (key === undefined || guid.test(key))
    return 'Application Insights is not part of this version of Slipway: nothing is sent to it.'
  return 'Invalid Application Insights instrumentation key provided. Application Insights has been disabled.'
}
