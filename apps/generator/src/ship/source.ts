import { formatHeader } from "@chaussettes/domain"
import type { LogsAppender, LogsReader } from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import { type FileLag, failed, onlyShip, type UserFailure } from "@chaussettes/service"
import { Effect, type Scope } from "effect"
import type { Rewrite } from "../lines/rewrite.ts"
import { say } from "../say.ts"
import { type Composed, compose } from "./compose.ts"
import { tailsOf } from "./followed.ts"
import { Follower } from "./follower.ts"
import { shipLimits } from "./limits.ts"
import { type Place, placeHeaders, shippedOf } from "./place.ts"
import type { Tail } from "./tail.ts"
import { FolderWatch, Wake } from "./wake.ts"
import { type Last, makeSourceWriter, type PlaceMoved, type SourceEvents } from "./writer.ts"

export interface SourceOptions {
  readonly source: string
  readonly patterns: ReadonlyArray<string>
  readonly from: "start" | "end" | undefined
  readonly polls: boolean
  /** What becomes of the lines on their way, see `Rewrite`. */
  readonly rewrites: ReadonlyArray<Rewrite>
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
    const writer = yield* makeSourceWriter(source, events)
    const places = yield* placesOf(options, writer.start)
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
        const told = isTold ? Effect.void : say(`${source}: cannot follow all files: ${why}. Trying again.`)
        return Effect.as(Effect.andThen(told, Effect.sleep(shipLimits.retryMs)), false)
      }),
      Effect.uninterruptible
    )

    let sentMs = performance.now()

    const append = (composed: Composed): Effect.Effect<void, UserFailure | PlaceMoved> =>
      Effect.gen(function* () {
        const payload = options.rewrites.reduce((lines, rewrite) => rewrite(lines, composed.format), composed.payload)
        const places = follower.places(composed.marks)
        const declared = composed.format === undefined ? {} : { [formatHeader]: composed.format }
        yield* writer.append(payload, {
          ...placeHeaders({ places, behind: follower.behind(performance.now()) }),
          ...declared
        })
        for (const [tail, mark] of composed.marks) tail.commit(mark)
        sentMs = performance.now()
        yield* events.sent(composed.lines, composed.payload.length)
      })

    yield* looking
    yield* say(followingText(source, follower, places !== undefined))
    // That old lines are passed over is kept at once, not with the first new one.
    if (places === undefined && options.from === "end" && follower.places(new Map()).length > 0) yield* append(nothing)

    /** Made while the one before it was under way, of lines that fill a message. */
    let next: Composed | undefined
    const composeNext = (sending: Composed) =>
      Effect.gen(function* () {
        if (next !== undefined || !follower.waiting().isFull) return
        next = yield* Effect.promise(() => compose(follower, performance.now(), sending.marks))
      }).pipe(Effect.uninterruptible)

    const step = Effect.gen(function* () {
      const nowMs = performance.now()
      const { waitingSinceMs, isFull } = follower.waiting()
      if (!isFull && next === undefined) {
        if (changed.size > 0 && (yield* looking)) return
        const leftMs = waitingSinceMs === undefined ? untilScanMs() : waitingSinceMs + shipLimits.gatherMs - nowMs
        if (waitingSinceMs === undefined && writer.hasMessage() && nowMs - sentMs > shipLimits.repeatMs)
          yield* append(nothing)
        if (leftMs > 0 || waitingSinceMs === undefined) {
          yield* wake.wait(Math.max(1, leftMs))
          yield* looking
          return
        }
      }
      const composed = next ?? (yield* Effect.promise(() => compose(follower, performance.now())))
      next = undefined
      if (composed === undefined) return yield* Effect.asVoid(looking)
      // What comes next is read meanwhile, and files are held open that are rotated while the server is away.
      const meanwhile = Effect.forever(
        Effect.andThen(
          Effect.andThen(looking, composeNext(composed)),
          Effect.suspend(() => wake.wait(Math.max(shipLimits.settleMs, changed.size > 0 ? 0 : untilScanMs())))
        )
      )
      yield* Effect.raceFirst(append(composed), meanwhile)
    })
    return yield* Effect.forever(step)
  })

const nothing: Composed = { payload: new Uint8Array(0), lines: 0, format: undefined, marks: new Map() }

/** What LOGS says of the source's files; undefined where it says nothing of them. */
const placesOf = (
  { source, from }: SourceOptions,
  start: Last | undefined
): Effect.Effect<ReadonlyArray<Place> | undefined, UserFailure> => {
  const shipped = start && shippedOf(start.headers)
  if (shipped !== undefined) return Effect.succeed(shipped.places)
  if (start === undefined || from !== undefined) return Effect.succeed(undefined)
  return Effect.fail(
    failed(
      `The last message of logs.${source} was not written by ship for files, so ship cannot tell where to resume. Give these files their own source with --source, or choose where to begin with --from start or --from end.`
    )
  )
}

const followingText = (source: string, follower: Follower, goesOn: boolean): string => {
  const paths = follower.logs.map(({ path }) => path).filter((path) => path !== "")
  const others = paths.length - 3
  const list =
    paths.length === 0 ? "no file yet" : paths.slice(0, 3).join(", ") + (others > 0 ? ` and ${others} more` : "")
  return `${source}: following ${list}${goesOn ? `, from where ${logsStream} ends` : ""}.`
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
