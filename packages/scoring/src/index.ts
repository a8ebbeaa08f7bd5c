/** The data plane: takes scoring requests over HTTP and has Python workers answer them. */
export { Condition } from './service/condition.ts'
export { createGateway } from './gateway.ts'
export type { Gateway, GatewayOptions, ScoringLog } from './gateway.ts'
export type { ListenOptions, Notice } from './http/ports.ts'
export type { CertificateFiles } from './http/certificate-files.ts'
export type { VersionLoad } from './service/load-meter.ts'
export type {
  ProbeSettings,
  ReplicaEndpoint,
  ServiceAuth,
  ServiceRoute,
  VersionRoute,
} from './service/service-route.ts'
export type { ShadowStats } from './service/shadow.ts'
export type { ServiceStats, VersionStats } from './service/service-stats.ts'
export { runScoreServer } from './score-server/run-score-server.ts'
export { worldOf } from './score-server/world-of.ts'
export type {
  BuildEnvironment,
  ScoreServerWorld,
  ScriptEnvironment,
} from './score-server/run-score-server.ts'
export { tryReplica } from './worker/try-replica.ts'
export type { Trial } from './worker/try-replica.ts'
export { issueToken } from './service/issue-token.ts'
