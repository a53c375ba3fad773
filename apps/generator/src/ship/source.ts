import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import { LogsAppender, LogsReader, type Outdated, type StoreError } from "@chaussettes/jetstream"
import { type FileLag, failed, onlyShip, toUserFailure, type UserFailure } from "@chaussettes/service"
import { Data, Effect, type Scope } from "effect"
import type { Rewrite } from "../replay/rewrite.ts"
import { say } from "../say.ts"
import { type Composed, compose } from "./compose.ts"
import { tailsOf } from "./followed.ts"
import { Follower } from "./follower.ts"
import { shipLimits } from "./limits.ts"
import { headersOf, type Place, type Shipped, shippedOf } from "./place.ts"
import type { Tail } from "./tail.ts"
import { FolderWatch, Wake } from "./wake.ts"

export interface SourceOptions {
  readonly source: string
  readonly patterns: ReadonlyArray<string>
  readonly from: "start" | "end" | undefined
  readonly polls: boolean
  /** What becomes of the lines on their way, see `Rewrite`. */
  readonly rewrites: ReadonlyArray<Rewrite>
}

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
class PlaceMoved extends Data.TaggedError("PlaceMoved")<{}> {}

interface Last {
  readonly seq: number
  /** Undefined where it was not written by a ship. */
  readonly shipped: Shipped | undefined
}

/**
 * Sends the files of one source until it is interrupted. Interrupted at any moment, or killed, nothing is lost and nothing is sent twice:
 * where to go on stands in LOGS, in the source's newest message, and each message is only stored behind the one that its writer knows.
 */
export const shipSource = (
  options: SourceOptions,
  events: SourceEvents
): Effect.Effect<never, UserFailure, LogsReader | LogsAppender> =>
  Effect.gen(function* () {
    let follower: Follower | undefined
    yield* onlyShip(options.source, () => ({
      source: options.source,
      pid: process.pid,
      files: lagsOf(follower, performance.now())
    }))
    const life: Effect.Effect<never, UserFailure, LogsReader | LogsAppender> = Effect.scoped(
      shipLife(options, events, (own) => {
        follower = own
      })
    ).pipe(Effect.catchTag("PlaceMoved", () => life))
    return yield* life
  }).pipe(Effect.scoped)

const shipLife = (
  options: SourceOptions,
  events: SourceEvents,
  follows: (follower: Follower) => void
): Effect.Effect<never, UserFailure | PlaceMoved, Scope.Scope | LogsReader | LogsAppender> =>
  Effect.gen(function* () {
    const { source } = options
    const appender = yield* LogsAppender
    const reader = yield* LogsReader
    const life = randomBytes(9).toString("base64url")
    const patiently = untilAnswered(source, events)

    const last: Effect.Effect<Last | undefined> = patiently(
      Effect.map(
        reader.lastOf(source),
        (found): Last | undefined => found && { seq: found.message.seq, shipped: shippedOf(found.headers) }
      )
    )

    const start = yield* newestOf(source, last)
    const places = yield* placesOf(options, start)
    const follower = new Follower({
      patterns: options.patterns,
      places,
      from: options.from ?? "start",
      say: (sentence) => void process.stderr.write(`${sentence}\n`)
    })
    follows(follower)
    yield* Effect.addFinalizer(() => Effect.promise(() => follower.close()))

    const wake = new Wake()
    /** Files that may have something to read. */
    const changed = new Set<Tail>()
    let isScanDue = true
    let lastScanMs = Number.NEGATIVE_INFINITY
    const watch = new FolderWatch(options.polls, (folder, name, isRename) => {
      const tail = isRename ? undefined : follower.tailNamed(folder, name)
      if (tail === undefined) isScanDue = true
      else changed.add(tail)
      wake.set()
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => watch.close()))
    const untilScanMs = () =>
      lastScanMs + (watch.isWatching ? shipLimits.watchedScanMs : shipLimits.polledScanMs) - performance.now()

    /** Looks at the folders where it is time for it, and reads what has grown, as far as there is room. Answers whether it read anything. */
    const look = async (): Promise<boolean> => {
      if (isScanDue || untilScanMs() <= 0) {
        isScanDue = false
        lastScanMs = performance.now()
        for (const tail of await follower.scan(lastScanMs)) changed.add(tail)
        await watch.follow(follower.watchedPaths(options.patterns))
      }
      const { hasRead, isCut } = await follower.read(changed, performance.now())
      isScanDue ||= isCut
      return hasRead || isCut
    }
    let failure = ""
    const looking: Effect.Effect<boolean> = Effect.tryPromise({ try: look, catch: (error) => error }).pipe(
      Effect.tap(() => {
        failure = ""
        return events.looked(follower.behind(performance.now()))
      }),
      // A folder that may not be read, no more files that may be open: the others go on, and this when it is mended.
      Effect.catch((error) => {
        const why = error instanceof Error ? error.message : String(error)
        const isTold = why === failure
        failure = why
        const told = isTold ? Effect.void : say(`${source}: cannot follow all files: ${why}. It is tried again.`)
        return Effect.as(Effect.andThen(told, Effect.sleep(shipLimits.retryMs)), false)
      }),
      Effect.uninterruptible
    )

    let lastSeq = start?.seq ?? 0
    let messages = 0
    let sentMs = performance.now()

    /** Stores one message behind the last one of the source. */
    const append = (composed: Composed): Effect.Effect<void, UserFailure | PlaceMoved> =>
      Effect.gen(function* () {
        const message = ++messages
        const payload = options.rewrites.reduce((lines, rewrite) => rewrite(lines), composed.payload)
        const headers = headersOf({
          life,
          message,
          host: hostname(),
          places: follower.places(composed.marks),
          behind: follower.behind(performance.now())
        })
        for (;;) {
          const stored = yield* patiently(
            Effect.catchTag(appender.append(source, { payload, headers }, lastSeq), "Outdated", (_: Outdated) =>
              Effect.succeed(undefined)
            )
          )
          if (stored !== undefined) {
            lastSeq = stored
            break
          }
          // Another message stands there: this one, stored by an attempt whose answer was lost; one of another writer, or of an earlier
          // life, that came late; or an older one, where LOGS has dropped or erased the last.
          const found = yield* last
          const { shipped } = found ?? {}
          if (found !== undefined && shipped?.life === life && shipped.message === message) {
            lastSeq = found.seq
            break
          }
          if (found !== undefined && found.seq > lastSeq && shipped?.life !== life) {
            if (shipped === undefined) {
              yield* say(
                `Something else writes to logs.${source}, too. Give it another source: if this ends while its message is the last one, nothing says where to go on.`
              )
            } else return yield* message === 1 ? new PlaceMoved() : otherShip(source, shipped.host)
          }
          // An answer that is behind the writes, as a replica gives it, is asked for again.
          yield* Effect.sleep(shipLimits.settleMs)
          lastSeq = found?.seq ?? 0
        }
        for (const [tail, mark] of composed.marks) tail.commit(mark)
        sentMs = performance.now()
        yield* events.sent(composed.lines, composed.payload.length)
      })

    yield* looking
    yield* say(followingText(source, follower, places !== undefined))
    // That old lines are passed over is kept at once, not with the first new one.
    if (places === undefined && options.from === "end" && follower.places(new Map()).length > 0) yield* append(nothing)

    const step = Effect.gen(function* () {
      const nowMs = performance.now()
      const { waitingSinceMs, isFull } = follower.waiting()
      if (!isFull) {
        if (changed.size > 0 && (yield* looking)) return
        const leftMs = waitingSinceMs === undefined ? untilScanMs() : waitingSinceMs + shipLimits.gatherMs - nowMs
        if (waitingSinceMs === undefined && lastSeq > 0 && nowMs - sentMs > shipLimits.repeatMs) yield* append(nothing)
        if (leftMs > 0 || waitingSinceMs === undefined) {
          yield* wake.wait(Math.max(1, leftMs))
          yield* looking
          return
        }
      }
      const composed = yield* Effect.promise(() => compose(follower, performance.now()))
      if (composed === undefined) return yield* Effect.asVoid(looking)
      // What comes next is read meanwhile, and files are held open that are rotated while the server is away.
      const meanwhile = Effect.forever(
        Effect.andThen(
          looking,
          Effect.suspend(() => wake.wait(Math.max(shipLimits.settleMs, changed.size > 0 ? 0 : untilScanMs())))
        )
      )
      yield* Effect.raceFirst(append(composed), meanwhile)
    })
    return yield* Effect.forever(step)
  })

const nothing: Composed = { payload: new Uint8Array(0), lines: 0, marks: new Map() }

const isStoreError = (error: unknown): error is StoreError =>
  typeof error === "object" && error !== null && "_tag" in error && ["Unavailable", "Refused"].includes(`${error._tag}`)

/** Tries again for as long as the server is away or refuses, and says so: what is not sent stays in the files. */
const untilAnswered =
  (source: string, events: SourceEvents) =>
  <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<A> =>
    Effect.suspend(() => {
      let isTold = false
      const attempt: Effect.Effect<A> = effect.pipe(
        Effect.tap(() =>
          isTold ? Effect.andThen(say(`${source}: going on.`), events.waiting(undefined)) : Effect.void
        ),
        Effect.catchIf(isStoreError, (error) => {
          const why = toUserFailure(error).message
          const told = isTold
            ? Effect.void
            : Effect.andThen(say(`${source}: waiting, with its lines in their files. ${why}`), events.waiting(why))
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
    if (first?.shipped === undefined) return first
    yield* Effect.sleep(shipLimits.listenMs)
    const second = yield* last
    const isAtWork = second?.shipped?.life === first.shipped.life && second.shipped.message > first.shipped.message + 1
    return isAtWork ? yield* otherShip(source, first.shipped.host) : second
  })

const otherShip = (source: string, host: string): UserFailure =>
  failed(
    `Another ship, on ${host}, sends the source ${source}. One source has one ship: end that one, or give this one a source of its own with --source.`
  )

/** What LOGS says of the source's files; undefined where it says nothing of them. */
const placesOf = (
  { source, from }: SourceOptions,
  start: Last | undefined
): Effect.Effect<ReadonlyArray<Place> | undefined, UserFailure> => {
  if (start?.shipped !== undefined) return Effect.succeed(start.shipped.places)
  if (start === undefined || from !== undefined) return Effect.succeed(undefined)
  return Effect.fail(
    failed(
      `The last message of logs.${source} was not written by ship, so it does not say where to go on. Give these files a source of their own with --source, or say with --from start or --from end where to begin.`
    )
  )
}

const followingText = (source: string, follower: Follower, goesOn: boolean): string => {
  const paths = follower.logs.map(({ path }) => path).filter((path) => path !== "")
  const others = paths.length - 3
  const list =
    paths.length === 0 ? "no file yet" : paths.slice(0, 3).join(", ") + (others > 0 ? ` and ${others} more` : "")
  return `${source}: following ${list}${goesOn ? ", from where LOGS ends" : ""}.`
}

const lagsOf = (follower: Follower | undefined, nowMs: number): ReadonlyArray<FileLag> =>
  follower === undefined
    ? []
    : follower.logs
        .flatMap((log) => tailsOf(log))
        .filter((tail) => tail.isOpen || tail.lagBytes > 0)
        .map((tail) => ({
          path: tail.path,
          sent_bytes: tail.sent.offset,
          lag_bytes: tail.lagBytes,
          lag_seconds: tail.lagMs(nowMs) / 1000
        }))
