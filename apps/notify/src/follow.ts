import { orderOf, parseRfc3339, raisedAgainst, rfc3339 } from "@chaussettes/domain"
import {
  AlertsLog,
  alertsOfSpan,
  NotifyPositions,
  newestRecord,
  readAlert,
  readWindowRecord,
  type StoreError,
  WindowsLog
} from "@chaussettes/jetstream"
import { Health, reasonOf } from "@chaussettes/service"
import { Effect, Result, Schedule, Semaphore, Stream } from "effect"
import { type DecidedWindow, decidedWindows, type MadeAnew } from "./decided-windows.ts"
import { deliver } from "./deliver.ts"
import { metricsOf } from "./metrics.ts"
import { type Position, positionText, readPosition } from "./position.ts"
import type { Receiver } from "./receiver.ts"
import { type AlertAt, type Change, Tracker } from "./tracker.ts"

export interface FollowOptions {
  readonly quiet: number
  readonly mostTold: number
}

/** A receiver that has never been told anything hears of what is open now, and that may have begun so long before. */
const lookBackMs = 86_400_000

/** A position is also written after so many windows without a change. */
const windowsAPosition = 500

type Place = Pick<Position, "windows_seq" | "decided" | "alerts_seq">

/** Tells a receiver of all incidents, from its position on and for ever. */
export const follow = (receiver: Receiver, options: FollowOptions) =>
  life(receiver, options).pipe(
    Effect.catchTag("MadeAnew", ({ stream }: MadeAnew) =>
      Effect.logWarning(`${stream} was made anew; ${receiver.name} is told of what is open in the new one.`)
    ),
    Effect.repeat(Schedule.forever)
  )

/** From the position to the end of the streams' own life. */
const life = (receiver: Receiver, options: FollowOptions) =>
  Effect.gen(function* () {
    const metrics = metricsOf(receiver.name)
    const tracker = new Tracker(options)
    const lock = yield* Semaphore.make(1)
    const delivery = { receiver, onFailure: metrics.failed, onTaken: metrics.taken }

    const positions = yield* NotifyPositions
    const before = yield* currentPosition(receiver)
    const begun = yield* before === undefined ? fromNow(tracker) : fromPosition(tracker, before)
    let place: Place = begun.place
    let windowsSince = 0
    let untold = 0

    const remember = (unheard?: true) =>
      Effect.suspend(() => {
        windowsSince = 0
        const text = positionText({
          ...place,
          resume_seq: tracker.resumeSeq(place.alerts_seq + 1),
          told: tracker.told().map(({ id }) => id),
          ...(unheard === undefined ? {} : { unheard })
        })
        return untilWritten(positions.write(receiver.key, text))
      })

    /** Tells, and only then remembers: a notifier that dies in between tells the same again. */
    const tell = (changes: ReadonlyArray<Change>) =>
      Effect.gen(function* () {
        if (changes.length > 0) {
          yield* deliver(receiver.tell(changes), delivery)
          yield* metrics.told(changes)
          for (const { state, incident } of changes)
            yield* Effect.logInfo(`told ${receiver.name}: ${state} ${incident.id}`)
        }
        yield* metrics.open(tracker.open)
        if (tracker.untold > untold) {
          yield* metrics.untold(tracker.untold - untold)
          yield* Effect.logWarning(
            `${tracker.untold - untold} incidents opened that ${receiver.name} is not told of: it knows of ${options.mostTold} open ones already.`
          )
          untold = tracker.untold
        }
        if (changes.length > 0 || ++windowsSince >= windowsAPosition) yield* remember()
      })

    yield* metrics.begin
    // What is told first is fixed beforehand, so that a notifier that dies over it neither forgets nor renames any of it.
    if (before === undefined) yield* remember(true)
    yield* Effect.logInfo("Notifying").pipe(
      Effect.annotateLogs({
        receiver: `${receiver.name} at ${receiver.shown}`,
        behind: place.decided || "the first window"
      })
    )
    if (before === undefined || before.unheard) yield* Effect.andThen(tell(begun.changes), remember())

    const refresh = receiver.refresh
    if (refresh === undefined) yield* (yield* Health).ready(receiver.name)
    else {
      yield* lock
        .withPermits(1)(Effect.suspend(() => deliver(refresh.tell(tracker.told()), delivery)))
        .pipe(Effect.repeat(Schedule.spaced(refresh.everyMs)), Effect.forkScoped)
    }

    const next = yield* decidedWindows({ windowsSeq: place.windows_seq, alertsSeq: place.alerts_seq })
    const handle = (window: DecidedWindow) =>
      Effect.suspend(() => {
        const changes = tracker.window(window.endMs, window.alerts)
        place = {
          windows_seq: window.seq,
          decided: window.end,
          alerts_seq: window.alerts.at(-1)?.seq ?? place.alerts_seq
        }
        return tell(changes)
      })
    yield* Effect.forever(Effect.flatMap(next, (window) => lock.withPermits(1)(handle(window))))
  }).pipe(Effect.scoped)

/** Where this receiver was left; undefined where it is new, or its position is of streams that are no more. */
const currentPosition = (receiver: Receiver) =>
  Effect.gen(function* () {
    const { read } = yield* NotifyPositions
    const windows = yield* WindowsLog
    const text = yield* read(receiver.key)
    if (text === undefined) return undefined
    const position = readPosition(text)
    if (position === undefined) {
      yield* Effect.logWarning(
        `The position of ${receiver.name} in the bucket notify cannot be read; it is told of what is open now.`
      )
      return undefined
    }
    if (position.windows_seq === 0) return position
    const entry = yield* windows.get(position.windows_seq)
    const record = entry === undefined ? undefined : Result.getOrUndefined(readWindowRecord(entry))
    // Older records than are held were dropped by the limits of the stream: that says nothing against the position.
    const isOlder = entry === undefined && position.windows_seq < (yield* windows.bounds).firstSeq
    const decided = record === undefined ? undefined : rfc3339(orderOf(record).endMs)
    if (isOlder || decided === position.decided) return position
    yield* Effect.logWarning(
      `WINDOWS is not what it was when ${receiver.name} was told last; it is told of what is open now.`
    )
    return undefined
  })

/** Builds the open incidents again from the alerts that were handled before. */
const fromPosition = (tracker: Tracker, position: Position) =>
  Effect.gen(function* () {
    const alerts = yield* AlertsLog
    if (position.resume_seq <= position.alerts_seq) {
      yield* rememberAlerts(tracker, alerts.readFrom(position.resume_seq), ({ seq }) => seq <= position.alerts_seq)
    }
    tracker.settle(decidedMsOf(position.decided), new Set(position.told))
    const changes = tracker.told().map((incident): Change => ({ state: "opened", incident }))
    const { windows_seq, decided, alerts_seq } = position
    return { place: { windows_seq, decided, alerts_seq } satisfies Place, changes }
  })

/** For a receiver that was never told anything: what is open at the newest decided window. */
const fromNow = (tracker: Tracker) =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    const alerts = yield* AlertsLog
    const newest = yield* newestRecord(windows)
    if (newest === undefined) {
      const place: Place = { windows_seq: 0, decided: "", alerts_seq: 0 }
      return { place, changes: [] as ReadonlyArray<Change> }
    }
    const { endMs } = orderOf(newest.record)
    const { first, end } = yield* alertsOfSpan(alerts, endMs - lookBackMs)
    const last =
      first === end
        ? end - 1
        : yield* rememberAlerts(
            tracker,
            alerts.readFrom(first),
            ({ alert }) => raisedAgainst(alert, newest.record) !== "behind",
            first - 1
          )
    const place: Place = { windows_seq: newest.seq, decided: rfc3339(endMs), alerts_seq: last }
    return { place, changes: tracker.settle(endMs, undefined) }
  })

/** Has the tracker take alerts as long as they are before what is to come; answers the last one's sequence. */
const rememberAlerts = <E>(
  tracker: Tracker,
  entries: Stream.Stream<{ readonly seq: number; readonly data: string }, E>,
  isBefore: (at: AlertAt) => boolean,
  lastSeq = 0
) => {
  let last = lastSeq
  return entries.pipe(
    Stream.map((entry): AlertAt | undefined => {
      const alert = Result.getOrUndefined(readAlert(entry))
      return alert === undefined ? undefined : { seq: entry.seq, alert }
    }),
    Stream.filter((at) => at !== undefined),
    Stream.takeWhile(isBefore),
    Stream.runForEachArray((batch) =>
      Effect.sync(() => {
        tracker.remember(batch)
        last = batch.at(-1)!.seq
      })
    ),
    Effect.map(() => last)
  )
}

const decidedMsOf = (decided: string): number => parseRfc3339(decided) ?? Number.NEGATIVE_INFINITY

/** A position that cannot be written is waited for: nothing more is told meanwhile, so that no more than this has to be told again. */
const untilWritten = (write: Effect.Effect<void, StoreError>) =>
  Effect.gen(function* () {
    const health = yield* Health
    let waits = false
    yield* write.pipe(
      Effect.tapError((error) =>
        Effect.suspend(() => {
          const why = `the bucket notify takes no positions: ${reasonOf(error)}`
          const say = waits ? Effect.void : Effect.logWarning(`Waiting: ${why}. Trying again.`)
          waits = true
          return Effect.andThen(say, health.notReady("positions", why))
        })
      ),
      Effect.retry(Schedule.min([Schedule.exponential("250 millis"), Schedule.spaced("10 seconds")])),
      Effect.orDie
    )
    yield* health.ready("positions")
  })
