/** The data plane: takes scoring requests over HTTP and has Python workers answer them. */
export { createGateway } from './gateway.ts'
export type { Gateway, GatewayOptions, ScoringLog } from './gateway.ts'
export type { CertificateFiles } from './certificate-files.ts'
export type { ListenOptions, Notice } from './ports.ts'
export type { ReplicaEndpoint, ServiceAuth, ServiceRoute } from './service-route.ts'
export type { ServiceStats } from './service-stats.ts'
