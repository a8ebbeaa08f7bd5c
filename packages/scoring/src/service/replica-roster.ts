/** Which replicas of a version are ready, busy, and have room for a call; asking costs the same for one as for fifty. */
import type { Replica } from './replica.ts'

interface Place {
  readonly replica: Replica
  isReady: boolean
  isBusy: boolean
  /** Those with room and as many calls as this one; undefined while it has no room. */
  level: Place[] | undefined
  /** Where it stands in its level. */
  at: number
}

export class ReplicaRoster {
  /** Replicas with room for a call, by the number of calls they have. */
  readonly #levels: Place[][] = []
  readonly #places = new Map<Replica, Place>()
  #lastPicked: Replica | undefined
  #ready = 0
  #busy = 0

  /** Replicas that take calls. */
  get ready(): number {
    return this.#ready
  }

  /** Replicas that have a call. */
  get busy(): number {
    return this.#busy
  }

  /** Looks at a replica again: its calls, its readiness or its limits may have changed. */
  update(replica: Replica): void {
    const place = this.#places.get(replica) ?? this.#add(replica)
    const { isReady, inFlight } = replica
    const isBusy = inFlight > 0
    if (isReady !== place.isReady) this.#ready += isReady ? 1 : -1
    if (isBusy !== place.isBusy) this.#busy += isBusy ? 1 : -1
    place.isReady = isReady
    place.isBusy = isBusy
    this.#move(place, replica.freeSlots > 0 ? this.#level(inFlight) : undefined)
    if (replica.isClosed) this.#places.delete(replica)
  }

  /**
   * The replica with the fewest calls among those that have room; of several the one that got room last. The one picked
   * before is picked again while it has room, fewer than `company` calls and none that holds it up.
   */
  pick(company = 0): Replica | undefined {
    const last = this.#lastPicked
    if (last !== undefined && last.inFlight < company && last.freeSlots > 0 && !last.isHeldUp) return last
    return (this.#lastPicked = this.#leastLoaded())
  }

  #leastLoaded(): Replica | undefined {
    for (const level of this.#levels) {
      for (let last = level.at(-1); last !== undefined; last = level.at(-1)) {
        if (last.replica.freeSlots > 0) return last.replica
        // It was lost a moment ago and has not said so yet.
        this.update(last.replica)
      }
    }
    return undefined
  }

  #add(replica: Replica): Place {
    const place = { replica, isReady: false, isBusy: false, level: undefined, at: 0 }
    this.#places.set(replica, place)
    return place
  }

  #level(calls: number): Place[] {
    while (this.#levels.length <= calls) this.#levels.push([])
    return this.#levels[calls] ?? []
  }

  #move(place: Place, level: Place[] | undefined): void {
    if (place.level === level) return
    if (place.level !== undefined) leave(place.level, place.at)
    place.level = level
    if (level !== undefined) place.at = level.push(place) - 1
  }
}

/** The last one takes the place that becomes free. */
function leave(level: Place[], at: number): void {
  const last = level.pop()
  if (last === undefined || last.at === at) return
  level[at] = last
  last.at = at
}
