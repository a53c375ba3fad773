import { Effect } from "effect"
import { type StoreError, Unavailable } from "../errors.ts"
import { toStoreError } from "./api-errors.ts"
import { explained } from "./credentials.ts"
import type { Link } from "./link.ts"

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
        (cause) => resume(Effect.fail(explained(link, toError(cause))))
      )
      .finally(stop)
    return Effect.sync(stop)
  })

/** When a question for a state is put once more, and how often: within the client's own timeout of 5 s. */
const againMs = 1_000
const questions = 5

/**
 * Asks the server for a state, and once a second again for as long as it does not answer: the first answer counts. A server that is asked more
 * than it can take in drops the questions that wait, everybody's, and says nothing of it (docs/threat-model.md). Only for what changes nothing.
 */
export const askAgain = <A>(link: Link, what: string, call: () => Promise<A>): Effect.Effect<A, StoreError> =>
  Effect.raceAllFirst(Array.from({ length: questions }, (_, i) => Effect.delay(ask(link, what, call), i * againMs)))

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
