import { Effect } from "effect"
import { type StoreError, Unavailable } from "../errors.ts"
import { toStoreError } from "../internal/api-errors.ts"
import type { Link } from "../internal/link.ts"

/**
 * Asks the server one thing. A request that is under way when the connection breaks is never answered, and the client would wait
 * for its whole timeout: it fails as soon as the disconnect is known, and at once where there is no connection.
 */
export const ask = <A, E = StoreError>(
  link: Link,
  what: string,
  call: () => Promise<A>,
  toError: (cause: unknown) => E | StoreError = toStoreError(what)
): Effect.Effect<A, E | StoreError> =>
  Effect.callback<A, E | StoreError>((resume) => {
    const unavailable = (why: string) => resume(Effect.fail(new Unavailable({ what, why })))
    if (!link.connected) return unavailable("there is no connection")
    const stop = link.listen((event) => {
      if (event._tag === "Disconnected") unavailable(event.why)
      else if (event._tag === "Closed") unavailable(event.why ?? "the connection is closed")
    })
    // A promise of the client may also throw before it is one.
    Promise.resolve()
      .then(call)
      .then(
        (value) => resume(Effect.succeed(value)),
        (cause) => resume(Effect.fail(toError(cause)))
      )
      .finally(stop)
    return Effect.sync(stop)
  })

/** Waits until there is a connection (at once where there is one), or until it is closed for good. */
export const untilConnected = (link: Link): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (link.status._tag !== "disconnected") return resume(Effect.void)
    const stop = link.listen((event) => {
      if (event._tag === "Reconnected" || event._tag === "Closed") {
        stop()
        resume(Effect.void)
      }
    })
    return Effect.sync(stop)
  })
