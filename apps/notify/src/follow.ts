import { backoff, NotifyPositions, notifyBucket, type StoreError, untilAvailable } from "@chaussettes/jetstream"
import { Health, reasonOf, sayWaiting } from "@chaussettes/service"
import { Clock, Effect, Schedule, Semaphore } from "effect"
import { type Batch, oneWindow } from "./batch.ts"
import { currentPosition, fromNow, fromPosition, type Place } from "./begin.ts"
import { type DecidedWindow, decidedWindows, type MadeAnew } from "./decided-windows.ts"
import { deliver } from "./deliver.ts"
import { metricsOf } from "./metrics.ts"
import { Outbox } from "./outbox.ts"
import { positionText, type ReceiverPosition } from "./position.ts"
import type { Receiver } from "./receiver.ts"
import { Tracker } from "./tracker.ts"

export interface FollowOptions {
  readonly quiet: number
  readonly mostTold: number
}

/** A position is also written after so many windows without a change. */
const windowsAPosition = 500

/**
 * Tells a receiver of all incidents, from its position on and for ever. A server that cannot answer, as in a cluster that elects, ends a life:
 * the next one begins from the position that is stored.
 */
export const follow = (receiver: Receiver, options: FollowOptions) => {
  const say = sayWaiting()
  return untilAvailable(life(receiver, options), {
    onWaiting: (error) =>
      Effect.andThen(
        say(error),
        Health.use((health) => health.notReady(receiver.name, error.why))
      )
  }).pipe(
    Effect.catchTag("MadeAnew", ({ stream }: MadeAnew) =>
      Effect.logWarning(
        `${stream} was created again: ${receiver.name} is notified of the incidents that are open in the new one.`
      )
    ),
    Effect.repeat(Schedule.forever)
  )
}

/**
 * From the position to the end of the streams' own life.
 *
 * Changes go through the outbox, which says when they are told. The position moves only behind what has been told: while changes wait, it stays
 * in front of the first of them, and a notifier that dies finds them all again. What else has to outlive it stands in the position, too:
 * since when changes wait, when messages were taken, and, before a message is sent that was held back, up to which window it goes
 * (`sealed_seq`). So a repetition is the same message, whatever has been decided meanwhile.
 */
const life = (receiver: Receiver, options: FollowOptions) =>
  Effect.gen(function* () {
    const metrics = metricsOf(receiver.name)
    const tracker = new Tracker(options)
    const lock = yield* Semaphore.make(1)
    const delivery = { receiver, onFailure: metrics.failed, onTaken: metrics.taken }

    const positions = yield* NotifyPositions
    const before = yield* currentPosition(receiver)
    const begun = yield* before === undefined ? fromNow(tracker) : fromPosition(tracker, before)
    const outbox = new Outbox(
      receiver.policy,
      { sent: before?.sent ?? [], waitingSinceMs: before?.waiting_since },
      yield* Clock.currentTimeMillis
    )
    let place: Place = begun.place
    /** What stands in the bucket, or would if it had been written: in front of everything that waits. */
    let kept: Kept = keptOf(place, tracker)
    let sealedSeq = before?.sealed_seq
    let windowsSince = 0
    let untold = 0
    /** Whether the bucket says since when changes wait. */
    let isNoted = false

    const write = (more: Partial<ReceiverPosition> = {}) =>
      Effect.suspend(() => {
        const { sent } = outbox.state
        const text = positionText({ ...kept, ...(sent.length === 0 ? {} : { sent }), ...more })
        return untilWritten(positions.write(receiver.key, text))
      })
    /** All up to here is told. */
    const remember = (unheard?: true) =>
      Effect.suspend(() => {
        windowsSince = 0
        kept = keptOf(place, tracker)
        return write(unheard === undefined ? {} : { unheard })
      })
    const waiting = () => {
      const { waitingSinceMs } = outbox.state
      return waitingSinceMs === undefined ? {} : { waiting_since: waitingSinceMs }
    }

    /** Tells, and only then remembers: a notifier that dies in between tells the same again. */
    const tell = (batch: Batch) =>
      Effect.gen(function* () {
        yield* deliver(receiver.tell(batch), delivery)
        outbox.told(yield* Clock.currentTimeMillis)
        isNoted = false
        yield* metrics.told(batch.counts)
        yield* metrics.held(0)
        for (const { state, incident } of batch.changes)
          yield* Effect.logInfo(`notified ${receiver.name}: ${state} ${incident.id}`)
        yield* remember()
      })
    /** What was noted as waiting is held back; what goes out at once has no more than its own window, and needs no seal. */
    const flush = Effect.gen(function* () {
      const batch = outbox.batch(isNoted || sealedSeq !== undefined)
      if (isNoted && sealedSeq === undefined) yield* write({ ...waiting(), sealed_seq: place.windows_seq })
      yield* tell(batch)
      sealedSeq = undefined
    })
    const flushIfDue = Effect.suspend(() =>
      Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
        outbox.waits && sealedSeq === undefined && outbox.waitMs(nowMs) <= 0 ? flush : Effect.void
      )
    )
    /** Waits beside the windows that come meanwhile; one is enough, and it ends when nothing waits any more. */
    let isWatched = false
    const watch = Effect.gen(function* () {
      while (outbox.waits) {
        yield* Effect.sleep(outbox.waitMs(yield* Clock.currentTimeMillis))
        yield* lock.withPermits(1)(flushIfDue)
      }
      isWatched = false
    })
    const hold = Effect.gen(function* () {
      yield* metrics.held(outbox.changes)
      if (!isNoted) yield* write(waiting())
      isNoted = true
      if (isWatched) return
      isWatched = true
      yield* Effect.forkScoped(watch)
    })

    const sayUntold = Effect.gen(function* () {
      yield* metrics.open(tracker.open)
      if (tracker.untold <= untold) return
      yield* metrics.untold(tracker.untold - untold)
      yield* Effect.logWarning(
        `${tracker.untold - untold} incidents opened without a notification to ${receiver.name}: it has ${options.mostTold} open ones already, which is the limit.`
      )
      untold = tracker.untold
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
    if (before === undefined || before.unheard) {
      yield* begun.changes.length > 0 ? tell(oneWindow(begun.changes)) : remember()
      yield* sayUntold
    }

    const refresh = receiver.refresh
    if (refresh === undefined) yield* (yield* Health).ready(receiver.name)
    else {
      yield* lock
        .withPermits(1)(Effect.suspend(() => deliver(refresh.tell(tracker.told()), delivery)))
        .pipe(Effect.repeat(Schedule.spaced(refresh.everyMs)), Effect.forkScoped)
    }

    const next = yield* decidedWindows({ windowsSeq: place.windows_seq, alertsSeq: place.alerts_seq })
    const handle = (window: DecidedWindow) =>
      Effect.gen(function* () {
        // A message that was sealed in an earlier life ends with its last window, even where that cannot be read any more.
        if (sealedSeq !== undefined && window.seq > sealedSeq) yield* endSealed
        const changes = tracker.window(window.endMs, window.alerts)
        place = {
          windows_seq: window.seq,
          decided: window.end,
          alerts_seq: window.alerts.at(-1)?.seq ?? place.alerts_seq
        }
        yield* sayUntold
        outbox.take(changes, yield* Clock.currentTimeMillis)
        if (sealedSeq === window.seq) yield* endSealed
        yield* flushIfDue
        if (outbox.waits) {
          if (sealedSeq === undefined) yield* hold
        } else if (changes.length === 0 && ++windowsSince >= windowsAPosition) yield* remember()
      })
    const endSealed = Effect.suspend(() => {
      if (outbox.waits) return flush
      sealedSeq = undefined
      return Effect.void
    })
    yield* Effect.forever(Effect.flatMap(next, (window) => lock.withPermits(1)(handle(window))))
  }).pipe(Effect.scoped)

type Kept = Place & Pick<ReceiverPosition, "resume_seq" | "told">

const keptOf = (place: Place, tracker: Tracker): Kept => ({
  ...place,
  resume_seq: tracker.resumeSeq(place.alerts_seq + 1),
  told: tracker.told().map(({ id }) => id)
})

/** A position that cannot be written is waited for: nothing more is told meanwhile, so that no more than this has to be told again. */
const untilWritten = (write: Effect.Effect<void, StoreError>) =>
  Effect.gen(function* () {
    const health = yield* Health
    let waits = false
    yield* write.pipe(
      Effect.tapError((error) =>
        Effect.suspend(() => {
          const why = `the bucket ${notifyBucket} does not store positions: ${reasonOf(error)}`
          const say = waits ? Effect.void : Effect.logWarning(`Waiting: ${why}. Trying again.`)
          waits = true
          return Effect.andThen(say, health.notReady("positions", why))
        })
      ),
      Effect.retry(backoff(250, 10_000)),
      Effect.orDie
    )
    yield* health.ready("positions")
  })
