/** Deploying a service out of an image, or out of a script that is made into an image first. */
import { ApiError, formatReference, ServiceName, type Api } from '@slipway/contract'
import type { CallInput, Client } from '@slipway/sdk'
import { argument, type Action } from '../action.ts'
import { buildImage } from '../create-image.ts'
import { usageError } from '../failure.ts'
import { readFlags } from '../flags/field-flags.ts'
import { finish } from '../wait.ts'
import { showOperation } from '../commands/operation.ts'
import { deployFlags, settingsFlags } from './flags.ts'
import { readService } from './read.ts'
import { withSample } from './sample.ts'
import { showService } from './view.ts'

type Body = CallInput<Api['services']['deploy']>['body']

export async function deploy(action: Action): Promise<void> {
  const body = await withSample(action, readBody(action))
  const client = await action.connect()
  const image = body.image ?? (await imageFor(action, client, body.name))
  const input = { params: { workspace: action.workspace }, body: { ...body, image } }
  const operation = await client.services.deploy(input, { signal: action.signal })
  if (action.options['wait'] === false) return showOperation(action, operation)
  await finish(action, client, operation)
  const service = await readService(action, client)
  showService(action, service)
  if (action.world.stderr.isTerminal && action.format === 'text') {
    action.progress.line(`score it with: slipway service score ${service.name} --data '…'`)
  }
}

/** The flags are those of the schemas, and each was checked against them. Errors: usage. */
function readBody(action: Action): Omit<Body, 'image'> & { image?: string } {
  const name = argument(action, 0)
  const named = ServiceName.safeParse(name)
  if (!named.success) throw usageError(`the name of a service ${named.error.issues[0]?.message}, got ${name}`)
  const fields = readFlags(action.options, deployFlags) as { image?: string }
  const script = action.options['entryScript']
  if (fields.image === undefined && script === undefined) {
    throw usageError('--image or --entry-script is missing', 'Name an image, or the script to make one of.')
  }
  if (fields.image !== undefined && script !== undefined) {
    throw usageError('--image and --entry-script exclude each other')
  }
  return { ...fields, name, settings: readFlags(action.options, settingsFlags) }
}

/** Builds the image; a service that exists already is found out before, as a build takes its time. */
async function imageFor(action: Action, client: Client, name: string): Promise<string> {
  if (await isDeployed(action, client)) {
    throw new ApiError('conflict', `the service ${name} already exists`, {
      hint: `Build the image with slipway image create, then: slipway service update ${name} --image NAME`,
    })
  }
  const image = await buildImage(action, client, { name: imageNameFor(name) })
  return formatReference(image.name, image.version)
}

async function isDeployed(action: Action, client: Client): Promise<boolean> {
  try {
    await readService(action, client)
    return true
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not-found') return false
    throw error
  }
}

/** Names of services may have dashes where those of images may not: doubled, and at the end. */
function imageNameFor(service: string): string {
  return service.replaceAll(/-+/g, '-').replace(/-$/, '')
}
