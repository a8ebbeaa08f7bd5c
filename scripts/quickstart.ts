/** The whole main job on real input: train, serve, register, build, deploy, score, update, clean up; with times. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Operation } from '@slipway/contract'
import { createClient, score, waitForOperation, type Client } from '@slipway/sdk'
import { registerModel, uploadFiles, walk } from '@slipway/sdk/node'
import { startServer, type RunningServer } from './quickstart/server-process.ts'
import { Steps } from './quickstart/steps.ts'
import { trainingTools, type TrainingTools } from './quickstart/training.ts'

const projectDir = path.resolve(import.meta.dirname, '..')
const exampleDir = path.join(projectDir, 'examples', 'diabetes')
const workspace = 'default'
const service = 'diabetes'

/** Rows scored before and after the update. */
const rows = [
  [0.038, 0.0507, 0.0617, 0.0219, -0.0442, -0.0348, -0.0434, -0.0026, 0.0199, -0.0176],
  [-0.0019, -0.0446, -0.0515, -0.0263, -0.0084, -0.0192, 0.0744, -0.0395, -0.0683, -0.0922],
]

interface Session {
  client: Client
  steps: Steps
  tools: TrainingTools
  folder: string
}

async function main(): Promise<void> {
  const steps = new Steps(process.stdout)
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-'))
  let server: RunningServer | undefined
  try {
    const tools = await steps.run({ name: 'install scikit-learn for training' }, (say) =>
      trainingTools(projectDir, say),
    )
    await steps.run({ name: 'train a model on the diabetes data' }, (say) =>
      tools.train(path.join(folder, 'v1'), '0.4', say),
    )
    server = await steps.run({ name: 'start Slipway' }, () =>
      startServer(projectDir, path.join(folder, 'data')),
    )
    const client = createClient(server)
    await deploy({ client, steps, tools, folder })
    await steps.run({ name: 'stop Slipway' }, async () => server?.stop())
    server = undefined
  } finally {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  }
  steps.printTable()
  process.stdout.write(nextSteps)
}

async function deploy(session: Session): Promise<void> {
  const { steps } = session
  await steps.run({ name: 'register the model', promised: '10 s' }, (say) => register(session, 'v1', say))
  await steps.run({ name: 'build the image', promised: '3 min' }, (say) => buildImage(session, say))
  await steps.run({ name: 'deploy the service', promised: '5 min' }, (say) => deployService(session, say))
  await steps.run({ name: 'score, and check against plain Python' }, (say) =>
    scoreAndCheck(session, 'v1', say),
  )
  await steps.run({ name: 'train again, register version 2', promised: '10 s' }, async (say) => {
    await session.tools.train(path.join(session.folder, 'v2'), '0.05', say)
    await register(session, 'v2', say)
  })
  await steps.run({ name: 'build the image again', promised: '3 min' }, (say) => buildImage(session, say))
  await steps.run({ name: 'update the service, nobody waits', promised: '5 min' }, (say) =>
    updateService(session, say),
  )
  await steps.run({ name: 'score version 2, and check it' }, (say) => scoreAndCheck(session, 'v2', say))
  await steps.run({ name: 'clean up: service, images, models' }, () => cleanUp(session))
}

type Say = (text: string) => void

async function register({ client, folder }: Session, version: string, say: Say): Promise<void> {
  const model = await registerModel(
    client,
    {
      path: path.join(folder, version, 'diabetes.pkl'),
      fields: { name: 'diabetes', framework: 'ScikitLearn', tags: { data: 'diabetes' } },
    },
    { workspace, signal: AbortSignal.timeout(60_000) },
  )
  say(`${model.name}:${model.version}, ${model.status.sizeBytes} bytes, scan: ${model.status.scan.verdict}`)
}

async function buildImage({ client }: Session, say: Say): Promise<void> {
  const script = await walk(path.join(exampleDir, 'score.py'), {})
  const files = await uploadFiles(client, script.files, { workspace })
  const condaFile = await readFile(path.join(exampleDir, 'myenv.yml'), 'utf8')
  const operation = await client.images.create({
    params: { workspace },
    body: {
      name: 'diabetes',
      entryScript: 'score.py',
      files,
      environment: { condaFile },
      models: ['diabetes'],
    },
  })
  await finished(client, operation, say)
  const image = await client.images.latest({ params: { workspace, name: 'diabetes' } })
  say(`${image.name}:${image.version}, ${image.status.digest?.slice(0, 19)}…`)
}

async function deployService({ client }: Session, say: Say): Promise<void> {
  const body = { name: service, image: 'diabetes' }
  await finished(client, await client.services.deploy({ params: { workspace }, body }), say)
  const { status } = await client.services.get({ params: { workspace, name: service } })
  say(`${status.state} at ${status.scoringUri}`)
}

/** Requests are sent all the while; not one may fail. */
async function updateService({ client }: Session, say: Say): Promise<void> {
  const call = await scoringCall(client)
  const stop = new AbortController()
  const counts = { sent: 0, failed: 0 }
  const sending = (async () => {
    while (!stop.signal.aborted) {
      counts.sent += 1
      if (!(await score(call)).ok) counts.failed += 1
    }
  })()
  const params = { workspace, name: service }
  await finished(client, await client.services.update({ params, body: { image: 'diabetes' } }), say)
  stop.abort()
  await sending
  if (counts.failed > 0)
    throw new Error(`${counts.failed} of ${counts.sent} requests failed during the update`)
  say(`${counts.sent} requests were answered during the update, none failed`)
}

async function scoreAndCheck({ client, tools, folder }: Session, version: string, say: Say): Promise<void> {
  const reply = await score(await scoringCall(client))
  if (!reply.ok) throw new Error(`scoring answered ${reply.status}: ${reply.text()}`)
  const { predictions } = JSON.parse(reply.text()) as { predictions: number[] }
  const expected = await tools.predict(path.join(folder, version, 'diabetes.pkl'), rows)
  const off = Math.max(
    ...expected.map((value, index) => Math.abs(value - (predictions[index] ?? Number.NaN))),
  )
  if (predictions.length !== expected.length || !(off < 1e-9)) {
    throw new Error(`the service predicts ${predictions.join(', ')}, plain Python ${expected.join(', ')}`)
  }
  say(`predictions ${predictions.map((value) => value.toFixed(3)).join(', ')}: the same as in plain Python`)
}

async function scoringCall(client: Client) {
  const params = { workspace, name: service }
  const [{ status }, keys] = await Promise.all([
    client.services.get({ params }),
    client.services.keys({ params }),
  ])
  return { scoringUri: status.scoringUri, key: keys.primaryKey, body: JSON.stringify({ data: rows }) }
}

async function cleanUp({ client }: Session): Promise<void> {
  await finished(
    client,
    await client.services.delete({ params: { workspace, name: service } }),
    () => undefined,
  )
  for (const version of [1, 2])
    await client.images.delete({ params: { workspace, name: 'diabetes', version } })
  for (const version of [1, 2])
    await client.models.delete({ params: { workspace, name: 'diabetes', version } })
}

async function finished(client: Client, operation: Operation, say: Say): Promise<void> {
  const onProgress = ({ status }: Operation) => {
    if (status.progress !== undefined) say(status.progress)
  }
  await waitForOperation(
    client,
    { workspace, name: operation.name },
    { onProgress, signal: AbortSignal.timeout(600_000) },
  )
}

const nextSteps = `
Now your own model:

  bin/slipway serve                                   # in one terminal
  bin/slipway model register model.pkl --name mine    # in another
  bin/slipway image create --name mine --model mine --entry-script score.py --conda-file myenv.yml
  bin/slipway service deploy mine --image mine
  bin/slipway service score mine --data '{"data": [[1, 2, 3]]}'

README.md goes on from here; examples/ has whole deployments to copy.
`

await main().catch((error: unknown) => {
  process.stderr.write(
    `\nThe quickstart stopped: ${error instanceof Error ? error.message : String(error)}\n`,
  )
  process.exitCode = 1
})
