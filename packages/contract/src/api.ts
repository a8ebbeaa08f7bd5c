/** The whole API: every route, by noun. */
import { environments } from './environment.ts'
import { files } from './file.ts'
import { gateways } from './gateway-link.ts'
import { images } from './image.ts'
import { models } from './model.ts'
import { operations } from './operation.ts'
import { server } from './server.ts'
import { services } from './service-routes.ts'
import { workspaces } from './workspace.ts'

export const api = {
  server,
  workspaces,
  files,
  models,
  environments,
  images,
  services,
  operations,
  gateways,
} as const

export type Api = typeof api
export type Noun = keyof Api
