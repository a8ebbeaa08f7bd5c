/** The data plane: takes scoring requests over HTTP and has Python workers answer them. */
export { Condition } from './condition.ts'
export { createGateway } from './gateway.ts'
export type { Gateway, GatewayOptions, ScoringLog } from './gateway.ts'
export type { ListenOptions, Notice } from './ports.ts'
export type { CertificateFiles } from './certificate-files.ts'
export type { VersionLoad } from './load-meter.ts'
export type {
  ProbeSettings,
  ReplicaEndpoint,
  ServiceAuth,
  ServiceRoute,
  VersionRoute,
} from './service-route.ts'
export type { ShadowStats } from './shadow.ts'
export type { ServiceStats, VersionStats } from './service-stats.ts'
export { runScoreServer } from './score-server/run-score-server.ts'
export type {
  BuildEnvironment,
  ScoreServerWorld,
  ScriptEnvironment,
} from './score-server/run-score-server.ts'
export { tryReplica } from './try-replica.ts'
export type { Trial } from './try-replica.ts'
export { issueToken } from './issue-token.ts'
