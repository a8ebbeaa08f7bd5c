// Fails an import that the house does not allow: see "The house" in ARCHITECTURE.md.
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')

/** Package → the packages it may import. */
const allowed = {
  contract: [],
  sdk: ['contract'],
  cli: ['sdk', 'contract'],
  oci: [],
  scoring: ['contract'],
  compute: ['contract'],
  server: ['contract', 'oci', 'compute', 'scoring'],
}

/** Library → the one folder that may import it. */
const homes = {
  fastify: 'packages/server/src/http',
  pino: 'packages/server/src/http',
  kysely: 'packages/server/src/store',
  pg: 'packages/server/src/store',
  'node:sqlite': 'packages/server/src/store',
  '@aws-sdk/client-s3': 'packages/server/src/store',
  jose: 'packages/scoring/src',
  'prom-client': 'packages/server/src/metrics',
  yaml: 'packages/server/src/environments',
  'tar-stream': 'packages/oci/src',
  commander: 'packages/cli/src',
  '@clack/prompts': 'packages/cli/src',
}

/** Rooms of the server that every feature may use; all other folders are features. */
const sharedRooms = ['http', 'store', 'reconcile']

/** Why `target` (an import specifier) must not be imported by `file`, or undefined. */
export function violation(file, target) {
  if (file.endsWith('.test.ts') || !file.startsWith('packages/')) return undefined
  const library = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0]
  const home = homes[library]
  if (home && !file.startsWith(home) && !/\/test\//.test(file))
    return `${library} is imported in ${home} only`
  const [, owner] = file.split('/')
  if (library.startsWith('@slipway/')) return packageViolation(owner, library.slice('@slipway/'.length))
  if (target.startsWith('.'))
    return relativeViolation(file, path.posix.join(path.posix.dirname(file), target))
  return undefined
}

function packageViolation(owner, wanted) {
  return allowed[owner]?.includes(wanted) ? undefined : `${owner} must not import ${wanted}`
}

function relativeViolation(file, target) {
  const [, owner, , room, deeper] = file.split('/')
  if (!target.startsWith(`packages/${owner}/`)) return `a relative import must stay inside packages/${owner}`
  if (owner !== 'server') return undefined
  const [, , , targetRoom, targetDeeper] = target.split('/')
  const top = deeper === undefined
  const targetTop = targetDeeper === undefined
  if (top) return undefined
  if (targetTop) return `${room} must not import ${targetRoom}: only main and app wire features`
  if (room === targetRoom || sharedRooms.includes(targetRoom)) return undefined
  return `${room} must not reach into ${targetRoom}: pass what it needs through app.ts`
}

const boundaries = {
  create(context) {
    const file = path.relative(root, context.filename).split(path.sep).join('/')
    const check = (node) => {
      if (typeof node.source?.value !== 'string') return
      const message = violation(file, node.source.value)
      if (message) context.report({ node: node.source, message })
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    }
  },
}

export default { meta: { name: 'slipway' }, rules: { boundaries } }
