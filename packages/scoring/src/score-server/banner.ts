/** What is told at the start, under the labels of Azure's server, which other programs look for. */
import type { ScoreServerSettings } from './settings.ts'

export interface BannerFacts {
  version: string
  /** Where it really listens. */
  port: number
  healthPort: number
  configFile: string | undefined
}

export function bannerLines(settings: ScoreServerSettings, facts: BannerFacts): string[] {
  const { workerEnvironment: environment, corsOrigins } = settings
  const table: [string, string | number | undefined][] = [
    ['Entry Script Name', settings.entryScript ?? 'main.py'],
    ['Model Directory', environment['AZUREML_MODEL_DIR']],
    ['Config File', facts.configFile],
    ['Worker Count', settings.workerCount],
    ['Worker Timeout (seconds)', environment['WORKER_TIMEOUT']],
    ['Server Port', facts.port],
    ['Health Port', facts.healthPort],
    ['Application Insights Enabled', environment['AML_APP_INSIGHTS_ENABLED']],
    ['Application Insights Key', environment['AML_APP_INSIGHTS_KEY'] && 'AppInsights key provided'],
    ['Inferencing HTTP server version', settings.showsVersion ? facts.version : undefined],
    ['CORS for the specified origins', corsOrigins.length > 0 ? enabling(corsOrigins) : undefined],
    ['Create dedicated endpoint for health', settings.healthPort === undefined ? undefined : 'true'],
  ]
  return [
    '',
    `Slipway score server (${facts.version})`,
    '',
    'Server Settings',
    '---------------',
    ...table.map(([label, value]) => `${label}: ${value ?? 'None'}`),
    '',
    'Server Routes',
    '---------------',
    `Liveness Probe: GET   127.0.0.1:${facts.healthPort}/`,
    `Score:          POST  127.0.0.1:${facts.port}/score`,
    '',
  ]
}

function enabling(origins: readonly string[]): string {
  return `Enabling CORS for ${origins.join(', ')}`
}
