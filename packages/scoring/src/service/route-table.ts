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
  /** Characters of the longest prefix there has been. */
  #longestPrefix = 0

  get(prefix: string): Service | undefined {
    return this.#services.get(withoutSlash(prefix))
  }

  set(prefix: string, service: Service): void {
    this.#services.set(withoutSlash(prefix), service)
    this.#longestPrefix = Math.max(this.#longestPrefix, prefix.length)
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

  /** A path may have thousands of slashes: only those are looked at that may end a prefix. */
  #isBelowService(path: string): boolean {
    const longest = this.#longestPrefix
    let end = path.length > longest ? path.lastIndexOf('/', longest) : path.length
    for (; end > 0; end = path.lastIndexOf('/', end - 1))
      if (this.#services.has(path.slice(0, end))) return true
    return this.#services.has('')
  }
}

/** Whether two prefixes stand for the same service. */
export function isSamePrefix(one: string, other: string): boolean {
  return withoutSlash(one) === withoutSlash(other)
}

function withoutSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
}
