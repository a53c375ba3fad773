import { spelledAddress } from "@chaussettes/service"
import { type Cause, Effect, Queue, type Scope, Stream } from "effect"

/** Writes that wait for one viewer. Whoever is further behind is cut off; it comes back and asks for what it missed. */
const maxWaiting = 256
/** Viewers at once; more are refused rather than slow the others. */
export const maxViewers = 1_000

/** Viewers at once from one place: whoever opens all that they can leaves room for others. */
export const maxViewersAPlace = 250

/**
 * Whose an address is, as far as it tells: a machine has all of 127.0.0.0/8 to itself, and an IPv6 host usually a whole /64, so that many
 * addresses are not many viewers.
 */
export const placeOf = (address: string): string => {
  const spelled = spelledAddress(address) ?? address
  if (spelled === "::1" || spelled.startsWith("127.")) return "this machine"
  if (!spelled.includes(":")) return spelled
  const [head = "", tail] = spelled.split("::")
  const left = head === "" ? [] : head.split(":")
  const right = tail === undefined || tail === "" ? [] : tail.split(":")
  const groups = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill("0"), ...right]
  return groups.slice(0, 4).join(":")
}

interface Viewer {
  readonly place: string
  readonly queue: Queue.Queue<Uint8Array, Cause.Done>
  readonly cut: () => void
}

const encoder = new TextEncoder()

/** One server-sent event, encoded once for all who hear it. */
export const encodeEvent = (event: string, data: unknown, id?: string): Uint8Array =>
  encoder.encode(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)

/** One source, many viewers, and none of them can hold the source back: each has its own bounded queue. */
export class Hub {
  readonly #viewers = new Set<Viewer>()
  /** Viewers that were cut off because they read too slowly. */
  cutOff = 0

  get viewers(): number {
    return this.#viewers.size
  }

  /** Whether there is no room for one more from where this address belongs. */
  isFullFor(address: string): boolean {
    const place = placeOf(address)
    if (this.#viewers.size >= maxViewers) return true
    let same = 0
    for (const viewer of this.#viewers) if (viewer.place === place) same++
    return same >= maxViewersAPlace
  }

  publish(event: Uint8Array): void {
    for (const viewer of this.#viewers) {
      if (Queue.offerUnsafe(viewer.queue, event)) continue
      this.#viewers.delete(viewer)
      this.cutOff++
      viewer.cut()
    }
  }

  /**
   * Events for one viewer, beginning with its backlog, until its scope is closed or it is cut off.
   * @param backlog is asked for in the same step in which the viewer begins to hear, so that nothing falls between
   * @param address where it comes from
   * @param cut ends the connection; a stream that waits for a stuck socket cannot end by itself
   */
  readonly subscribe = (
    address: string,
    backlog: () => ReadonlyArray<Uint8Array>,
    cut: () => void
  ): Effect.Effect<Stream.Stream<Uint8Array>, never, Scope.Scope> =>
    Effect.gen({ self: this }, function* () {
      const queue = yield* Queue.make<Uint8Array, Cause.Done>({ capacity: maxWaiting, strategy: "dropping" })
      const viewer: Viewer = { place: placeOf(address), queue, cut }
      const first = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const events = backlog()
          this.#viewers.add(viewer)
          return events
        }),
        () =>
          Effect.andThen(
            Effect.sync(() => this.#viewers.delete(viewer)),
            Queue.shutdown(queue)
          )
      )
      return Stream.concat(Stream.fromIterable(first), Stream.fromQueue(queue))
    })
}
