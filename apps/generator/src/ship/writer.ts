import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import { LogsAppender, LogsReader, type Outdated, Refused, type StoreError } from "@chaussettes/jetstream"
import { failed, toUserFailure, type UserFailure } from "@chaussettes/service"
import { Data, Effect } from "effect"
import { say } from "../say.ts"
import { shipLimits } from "./limits.ts"
import { type Identity, identityHeaders, identityIn } from "./place.ts"

export interface SourceEvents {
  readonly sent: (lines: number, bytes: number) => Effect.Effect<void>
  /** After a look at the files. */
  readonly looked: (behind: {
    readonly files: number
    readonly bytes: number
    readonly ms: number
  }) => Effect.Effect<void>
  /** Why nothing can be stored; undefined once it can again. */
  readonly waiting: (why: string | undefined) => Effect.Effect<void>
}

/** A message of an earlier life was stored after this one had asked where to go on. */
export class PlaceMoved extends Data.TaggedError("PlaceMoved")<{}> {}

/** The newest message of a source. */
export interface Last {
  readonly seq: number
  readonly headers: Readonly<Record<string, string>>
  /** Undefined where it was not written by a ship. */
  readonly identity: Identity | undefined
}

export interface SourceWriter {
  /** The newest message when this life began, which says where to go on. */
  readonly start: Last | undefined
  /** Whether the source has a message. */
  readonly hasMessage: () => boolean
  /** Stores one message behind the last one of the source, however long that takes. */
  readonly append: (
    payload: Uint8Array,
    headers: Readonly<Record<string, string>>
  ) => Effect.Effect<void, UserFailure | PlaceMoved>
}

/**
 * Writes the messages of one source, each of which is only stored behind the one that its writer knows: what came late, from this life, an
 * earlier one or another ship, is refused by the server.
 */
export const makeSourceWriter = Effect.fn("makeSourceWriter")(function* (
  source: string,
  events: SourceEvents
): Effect.fn.Return<SourceWriter, UserFailure, LogsAppender | LogsReader> {
  const appender = yield* LogsAppender
  const reader = yield* LogsReader
  const life = randomBytes(9).toString("base64url")
  const patiently = untilAnswered(source, events)
  const last: Effect.Effect<Last | undefined> = patiently(
    Effect.map(
      reader.lastOf(source),
      (found): Last | undefined =>
        found && { seq: found.message.seq, headers: found.headers, identity: identityIn(found.headers) }
    ).pipe(Effect.mapError((error) => mayNotRead(error, source)))
  )
  const start = yield* newestOf(source, last)
  let lastSeq = start?.seq ?? 0
  let messages = 0

  const append: SourceWriter["append"] = (payload, own) =>
    Effect.gen(function* () {
      const message = ++messages
      const headers = { ...identityHeaders({ life, message, host: hostname() }), ...own }
      for (;;) {
        const stored = yield* patiently(
          Effect.catchTag(appender.append(source, { payload, headers }, lastSeq), "Outdated", (_: Outdated) =>
            Effect.succeed(undefined)
          )
        )
        if (stored !== undefined) {
          lastSeq = stored
          return
        }
        // Another message stands there: this one, stored by an attempt whose answer was lost; one of another writer, or of an earlier
        // life, that came late; or an older one, where LOGS has dropped or erased the last.
        const found = yield* last
        const { identity } = found ?? {}
        if (found !== undefined && identity?.life === life && identity.message === message) {
          lastSeq = found.seq
          return
        }
        if (found !== undefined && found.seq > lastSeq && identity?.life !== life) {
          if (identity === undefined) {
            yield* say(
              `Another program also writes to logs.${source}. Give it another source: if ship stops while that program's message is the last one, ship cannot tell where to resume.`
            )
          } else return yield* message === 1 ? new PlaceMoved() : otherShip(source, identity.host)
        }
        // An answer that is behind the writes, as a replica gives it, is asked for again.
        yield* Effect.sleep(shipLimits.settleMs)
        lastSeq = found?.seq ?? 0
      }
    })
  return { start, hasMessage: () => lastSeq > 0, append }
})

/** What lets a user of `credentials --add` read where to go on. */
const mayNotRead = (error: StoreError, source: string): StoreError =>
  error instanceof Refused && error.why.includes("permission denied: publish to $JS.API.DIRECT.GET.")
    ? new Refused({
        ...error,
        remedy: `Grant the permission: chaussettes credentials --add NAME --source ${source} --may-resume.`
      })
    : error

/** Tries again for as long as the server is away or refuses, and says so: what is not sent stays where it is read. */
const untilAnswered =
  (source: string, events: SourceEvents) =>
  <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<A> =>
    Effect.suspend(() => {
      let isTold = false
      const attempt: Effect.Effect<A> = effect.pipe(
        Effect.tap(() =>
          isTold ? Effect.andThen(say(`${source}: resuming.`), events.waiting(undefined)) : Effect.void
        ),
        Effect.catchTag(["Unavailable", "Refused"], (error) => {
          const why = toUserFailure(error).message
          const told = isTold
            ? Effect.void
            : Effect.andThen(say(`${source}: waiting; its lines stay in the files. ${why}`), events.waiting(why))
          isTold = true
          const pauseMs = error._tag === "Refused" ? shipLimits.refusedRetryMs : shipLimits.retryMs
          return Effect.andThen(told, Effect.delay(attempt, pauseMs))
        })
      )
      return attempt
    })

/** The newest message, once no other ship is heard to write behind it. */
const newestOf = (
  source: string,
  last: Effect.Effect<Last | undefined>
): Effect.Effect<Last | undefined, UserFailure> =>
  Effect.gen(function* () {
    const first = yield* last
    if (first?.identity === undefined) return first
    yield* Effect.sleep(shipLimits.listenMs)
    const second = yield* last
    const isAtWork =
      second?.identity?.life === first.identity.life && second.identity.message > first.identity.message + 1
    return isAtWork ? yield* otherShip(source, first.identity.host) : second
  })

const otherShip = (source: string, host: string): UserFailure =>
  failed(
    `Another ship, on ${host}, already sends the source ${source}. Stop it, or give this one another source with --source.`
  )
