/** Finds the service and its resource from a request's path. */

export type Resource = 'score' | 'swagger' | 'health'

export type RouteMatch<Service> =
  | { kind: 'found'; service: Service; resource: Resource; query: string }
  | { kind: 'unknown-service'; prefix: string }
  | { kind: 'unknown-path' }

const resources = new Map<string, Resource>([
  ['score', 'score'],
  ['swagger.json', 'swagger'],
  ['', 'health'],
])

/** Services by prefix; `<prefix>` alone means the same as `<prefix>/`. */
export class RouteTable<Service> {
  readonly #services = new Map<string, Service>()

  get(prefix: string): Service | undefined {
    return this.#services.get(withoutSlash(prefix))
  }

  set(prefix: string, service: Service): void {
    this.#services.set(withoutSlash(prefix), service)
  }

  delete(prefix: string): void {
    this.#services.delete(withoutSlash(prefix))
  }

  match(url: string): RouteMatch<Service> {
    const queryAt = url.indexOf('?')
    const path = queryAt < 0 ? url : url.slice(0, queryAt)
    const query = queryAt < 0 ? '' : url.slice(queryAt + 1)
    const slashAt = path.lastIndexOf('/')
    const prefix = path.slice(0, Math.max(0, slashAt))
    const resource = resources.get(path.slice(slashAt + 1))
    const service = this.#services.get(prefix)
    if (service !== undefined && resource !== undefined) return { kind: 'found', service, resource, query }
    const whole = this.#services.get(path)
    if (whole !== undefined) return { kind: 'found', service: whole, resource: 'health', query }
    return this.#isBelowService(prefix) ? { kind: 'unknown-path' } : { kind: 'unknown-service', prefix }
  }

  #isBelowService(path: string): boolean {
    if (this.#services.has(path)) return true
    return path !== '' && this.#isBelowService(path.slice(0, path.lastIndexOf('/')))
  }
}

/** Whether two prefixes stand for the same service. */
export function isSamePrefix(one: string, other: string): boolean {
  return withoutSlash(one) === withoutSlash(other)
}

function withoutSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
}
