/** A program that builds one environment and prints every line: `node build-and-tell.ts OPTIONS SPEC`, both as JSON. */
import { EnvironmentSpec } from '@slipway/contract'
import {
  createEnvironmentBuilder,
  type EnvironmentBuilderOptions,
} from '../../src/environments/environment-builder.ts'

const [, , options = '', spec = ''] = process.argv
const say = (line: string) => void process.stdout.write(`${line}\n`)
const { signal } = new AbortController()
const folders = JSON.parse(options) as Omit<EnvironmentBuilderOptions, 'env'>
const builder = createEnvironmentBuilder({ ...folders, env: process.env })
const resolved = await builder.resolve(EnvironmentSpec.parse(JSON.parse(spec)), say, signal)
say(JSON.stringify(await builder.build(resolved, say, signal)))
await builder.close()
