import { Cause, Effect, type Pull, Stream } from "effect"
import type { StoreError } from "../errors.ts"
import type { LogsRead } from "../ports/logs.ts"
import type { StreamSession } from "./session.ts"

type Reads = readonly [LogsRead, ...Array<LogsRead>]

/** What a stream asks for: everything that has been read by then, or the next thing that will be. */
const pullOf = (session: StreamSession): Pull.Pull<Reads, StoreError> =>
  Effect.callback<Reads, StoreError | Cause.Done>((resume) => {
    session.take((taken) => {
      switch (taken._tag) {
        case "Read":
          resume(Effect.succeed(taken.reads))
          break
        case "Done":
          resume(Cause.done())
          break
        case "Failed":
          resume(Effect.fail(taken.error))
          break
      }
    })
    return Effect.sync(() => session.forget())
  })

/** A session as a stream; it is closed with it. */
export const readingOf = (open: Effect.Effect<StreamSession, StoreError>): Stream.Stream<LogsRead, StoreError> =>
  Stream.unwrap(
    Effect.map(
      Effect.acquireRelease(open, (session) => Effect.sync(() => session.close())),
      (session) => Stream.fromPull(Effect.succeed(pullOf(session)))
    )
  )
