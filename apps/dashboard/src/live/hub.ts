import { type Cause, Effect, Queue, type Scope, Stream } from "effect"

/** Writes that wait for one viewer. Whoever is further behind is cut off; it comes back and asks for what it missed. */
export const maxWaiting = 256
/** Viewers at once; more are refused rather than slow the others. */
export const maxViewers = 1_000

/** Viewers at once from one address: whoever opens all that they can leaves room for others. */
export const maxViewersAnAddress = 250

interface Viewer {
  readonly address: string
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

  /** Whether there is no room for one more from this address. */
  isFullFor(address: string): boolean {
    if (this.#viewers.size >= maxViewers) return true
    let same = 0
    for (const viewer of this.#viewers) if (viewer.address === address) same++
    return same >= maxViewersAnAddress
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
      const viewer: Viewer = { address, queue, cut }
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
