/** Services for stories about load: deployed from one script, and how a client calls them. */
import type { ScoreRequest } from '@slipway/sdk'
import type { Stage } from './stage.ts'

/** Deploys the script as a service of that name, with these flags. */
export async function deployScript(
  stage: Stage,
  { name, script, flags = [] }: { name: string; script: string; flags?: readonly string[] },
): Promise<void> {
  const file = await stage.write(`${name}/score.py`, script)
  await stage.output(['service', 'deploy', name, '--entry-script', file, ...flags])
}

/** A request to the service with its primary key. */
export async function requestTo(stage: Stage, name: string, body: string): Promise<ScoreRequest> {
  const params = { workspace: 'default', name }
  const [{ status }, { primaryKey }] = await Promise.all([
    stage.client.services.get({ params }),
    stage.client.services.keys({ params }),
  ])
  return { scoringUri: status.scoringUri, key: primaryKey, body }
}
