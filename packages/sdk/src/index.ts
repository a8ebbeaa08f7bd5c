/** The typed client of Slipway; runs anywhere with fetch. Files on disk are in `@slipway/sdk/node`. */
export { createClient, type CallArguments, type CallInput, type CallReply, type Client } from './client.ts'
export type { CallOptions, ClientOptions } from './call.ts'
export { delay } from './delay.ts'
export { readEvents, type ServerEvent } from '@slipway/contract'
export { listAll } from './list.ts'
export { waitForOperation, type OperationRef, type WaitOptions } from './operation.ts'
export { score, type ScoreReply, type ScoreRequest } from './score.ts'
