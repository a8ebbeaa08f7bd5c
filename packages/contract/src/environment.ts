/** Environments: a conda file resolved to a locked, hashed set of packages. */
import * as z from 'zod'
import { WorkspaceName } from './names.ts'
import { Condition, Failure, listOf, listQuery, Metadata, WorkState } from './resource.ts'
import { defineRoutes } from './route.ts'

export const EnvironmentSpec = z
  .object({
    condaFile: z
      .string()
      .max(1_000_000)
      .optional()
      .describe('Text of the conda file; without it, bare Python.'),
    runtime: z.enum(['python', 'spark-py']).default('python').describe('What runs the script.'),
    strict: z
      .boolean()
      .default(false)
      .describe('Fail instead of taking the nearest Python where the one asked for is not on the machine.'),
  })
  .meta({ id: 'EnvironmentSpec' })

export type EnvironmentSpec = z.output<typeof EnvironmentSpec>

/** What a request says of an environment; a misspelt field would otherwise build another one than was meant. */
export const NewEnvironment = EnvironmentSpec.strict().meta({ id: 'NewEnvironment' })

export const LockedPackage = z
  .object({
    name: z.string(),
    version: z.string(),
    hashes: z.array(z.string()).describe('Of the files that may be installed, such as sha256:….'),
    url: z.string().optional().describe('Where it comes from, when not from a package index.'),
  })
  .meta({ id: 'LockedPackage' })

export type LockedPackage = z.output<typeof LockedPackage>

export const Interpreter = z
  .object({
    version: z.string().describe('Full version, such as 3.11.7.'),
    path: z.string().describe('Where it was found on this machine.'),
  })
  .meta({ id: 'Interpreter' })

export type Interpreter = z.output<typeof Interpreter>

export const Environment = z
  .object({
    kind: z.literal('environment'),
    name: z.string().describe('`env-` and the first 16 digits of the hash.'),
    metadata: Metadata,
    spec: EnvironmentSpec,
    status: z.object({
      state: WorkState,
      hash: z.string().describe('Of interpreter, lock and platform: equal hashes are equal environments.'),
      python: Interpreter,
      packages: z.array(LockedPackage),
      provided: z
        .array(z.string())
        .describe('Packages that the conda file of `spec` asks for and Slipway provides itself.'),
      warnings: z.array(z.string()).describe('What differs from what the conda file of `spec` asks for.'),
      sizeBytes: z.int().optional(),
      buildSeconds: z.number().optional(),
      error: Failure.optional(),
      conditions: z.array(Condition),
    }),
  })
  .meta({ id: 'Environment' })

export type Environment = z.output<typeof Environment>

const workspace = z.object({ workspace: WorkspaceName })
const name = workspace.extend({ name: z.string().regex(/^env-[0-9a-f]{16}$/, 'must be env- and 16 digits') })

export const environments = defineRoutes({
  list: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/environments',
    summary: 'List environments.',
    params: workspace,
    query: z.strictObject(listQuery),
    reply: listOf(Environment, 'EnvironmentList'),
    errors: ['not-found'],
  },
  get: {
    method: 'GET',
    path: '/v1/workspaces/{workspace}/environments/{name}',
    summary: 'Read an environment.',
    params: name,
    reply: Environment,
    errors: ['not-found'],
  },
})
