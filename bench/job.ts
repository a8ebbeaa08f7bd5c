/** The steps of the main job, for measurements: register, build, deploy, delete. */
import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Operation } from '@slipway/contract'
import { createClient, waitForOperation, type Client } from '@slipway/sdk'
import { registerModel, uploadFiles, walk } from '@slipway/sdk/node'
import type { RunningServer } from '../scripts/quickstart/server-process.ts'

const workspace = 'default'

export interface Job {
  client: Client
  folder: string
}

export function createJob(server: RunningServer, folder: string): Job {
  return { client: createClient(server), folder }
}

/** Registers a file of random bytes under a new name. */
export async function registerRandomModel(
  { client, folder }: Job,
  model: { name: string; sizeBytes: number },
): Promise<void> {
  const file = path.join(folder, `${model.name}.bin`)
  await writeFile(file, Buffer.from(randomBytes(model.sizeBytes)))
  await registerModel(client, { path: file, fields: { name: model.name } }, { workspace })
}

export interface ImageWish {
  name: string
  script: string
  condaFile?: string
  models?: string[]
}

export type Deployment = NonNullable<Parameters<Client['services']['deploy']>[0]>['body']

export async function buildImage({ client, folder }: Job, wish: ImageWish): Promise<void> {
  const file = path.join(folder, 'score.py')
  await writeFile(file, wish.script)
  const files = await uploadFiles(client, (await walk(file, {})).files, { workspace })
  const environment = wish.condaFile === undefined ? {} : { condaFile: wish.condaFile }
  const body = { name: wish.name, entryScript: 'score.py', files, environment, models: wish.models ?? [] }
  await finished(client, await client.images.create({ params: { workspace }, body }))
}

export async function deploy({ client }: Job, service: Deployment): Promise<void> {
  await finished(client, await client.services.deploy({ params: { workspace }, body: service }))
}

export async function remove({ client }: Job, name: string): Promise<void> {
  await finished(client, await client.services.delete({ params: { workspace, name } }))
}

async function finished(client: Client, operation: Operation): Promise<void> {
  await waitForOperation(
    client,
    { workspace, name: operation.name },
    { signal: AbortSignal.timeout(600_000) },
  )
}
