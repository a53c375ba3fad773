import { Acts as ActsFold, type IncidentEvent, type IncidentSeverity, orderOf } from "@chaussettes/domain"
import {
  Acts,
  backoff,
  Incidents,
  NotifyPositions,
  notifyBucket,
  type StoredIncident,
  type StoreError,
  untilAvailable,
  Windows
} from "@chaussettes/jetstream"
import { incidentsStream } from "@chaussettes/jetstream/topology"
import { Health, reasonOf, sayWaiting } from "@chaussettes/service"
import { Clock, Data, Effect, Schedule, Semaphore, Stream } from "effect"
import { atOnceBatch, type Batch, sumOf } from "./batch.ts"
import { begin, type Place, placeOf } from "./begin.ts"
import type { Acknowledgement, Change } from "./change.ts"
import { deliver } from "./deliver.ts"
import { metricsOf } from "./metrics.ts"
import { gatherMs, Outbox } from "./outbox.ts"
import { positionText, type Waiting } from "./position.ts"
import type { Receiver } from "./receiver.ts"
import { mostOpen, type Standing, Teller } from "./teller.ts"

export interface FollowOptions {
  /** Incidents that are less severe than this are not told. */
  readonly least: IncidentSeverity
}

/** INCIDENTS was deleted and made anew: what was known of it means nothing any more. */
class MadeAnew extends Data.TaggedError("MadeAnew") {}

/** A position is also written after so many events without a change. */
const eventsAPosition = 100

/**
 * A record of WINDOWS is written before the events of its window. When it says that a silence is over, what its window decided is waited for, so
 * that an incident that ended in the silence is not told as open.
 */
const settleMs = 2_000

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
    Effect.catchTag("MadeAnew", () =>
      Effect.logWarning(
        `${incidentsStream} was created again: ${receiver.name} is notified of the incidents that are open in the new one.`
      )
    ),
    Effect.repeat(Schedule.forever)
  )
}

/**
 * From the position to the end of the stream's own life.
 *
 * What has to be told follows from events and acts (`Teller`), when it is told from the policy (`Outbox`). Both are written into the position
 * before a message is sent, sealed, and again after it was taken. A notifier that dies in between finds the message there and sends it
 * again, the same one, whatever has been decided or said meanwhile. What was decided and not written is decided again.
 */
const life = (receiver: Receiver, { least }: FollowOptions) =>
  Effect.gen(function* () {
    const metrics = metricsOf(receiver.name)
    const [incidents, acts, windows] = [yield* Incidents, yield* Acts, yield* Windows]
    const positions = yield* NotifyPositions
    const lock = yield* Semaphore.make(1)
    const delivery = { receiver, onFailure: metrics.failed, onTaken: metrics.taken }

    const said = new ActsFold()
    let actsSeq = 0
    const hear = (stored: ReadonlyArray<{ readonly seq: number; readonly act: Parameters<ActsFold["add"]>[0] }>) =>
      Effect.sync(() => {
        for (const { act } of stored) said.add(act)
        actsSeq = stored.at(-1)!.seq
      })
    yield* Stream.runForEachArray(acts.read(1), hear)

    const teller = new Teller(least, (event) => standingIn(said, event))
    const begun = yield* begin(receiver, teller)
    let place: Place = begun.place
    let eventsSince = 0
    /** Changes that wait by the position. */
    let noted = begun.waiting === undefined ? 0 : sumOf(begun.waiting.batch.counts)
    let forgotten = 0
    const outbox = new Outbox(
      receiver.policy,
      {
        sent: begun.sent,
        waiting: begun.waiting && { sinceMs: begun.waiting.sinceMs, ...begun.waiting.batch }
      },
      yield* Clock.currentTimeMillis
    )

    /** `sealed` where what waits is sent next. */
    const write = (sealed?: Batch) =>
      Effect.suspend(() => {
        eventsSince = 0
        noted = outbox.changes
        const { sent, sinceMs } = outbox
        const text = positionText({
          ...place,
          open: teller.known().map(({ stored, told }) => ({ seq: stored.seq, ...(told && { told }) })),
          ...(sinceMs === undefined ? {} : { waiting: waitingOf(sealed ?? outbox.batch(), sinceMs, sealed) }),
          ...(sent.length === 0 ? {} : { sent })
        })
        return untilWritten(positions.write(receiver.key, text))
      })

    const send = (batch: Batch) =>
      Effect.gen(function* () {
        yield* deliver(receiver.tell(batch), delivery)
        outbox.told(yield* Clock.currentTimeMillis)
        yield* metrics.told(batch.counts)
        yield* metrics.held(0)
        for (const { state, event } of batch.changes)
          yield* Effect.logInfo(`notified ${receiver.name}: ${state} ${event.id}`)
        yield* write()
      })
    const flush = Effect.suspend(() => {
      const batch = outbox.batch()
      return Effect.andThen(write(batch), send(batch))
    })
    const flushIfDue = Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
      outbox.waits && outbox.waitMs(nowMs) <= 0 ? flush : Effect.void
    )
    /** Waits beside what comes meanwhile; one is enough, and it ends when nothing waits any more. */
    let isWatched = false
    const watch = Effect.gen(function* () {
      while (outbox.waits) {
        yield* Effect.sleep(outbox.waitMs(yield* Clock.currentTimeMillis))
        yield* lock.withPermits(1)(flushIfDue)
      }
      isWatched = false
    })
    /** What is told within moments is written when it is sealed. */
    const hold = Effect.gen(function* () {
      yield* metrics.held(outbox.changes)
      const waitMs = outbox.waitMs(yield* Clock.currentTimeMillis)
      if (waitMs > gatherMs && noted < outbox.changes) yield* write()
      if (isWatched) return
      isWatched = true
      yield* Effect.forkScoped(watch)
    })

    const step = (changes: ReadonlyArray<Change>) =>
      Effect.gen(function* () {
        const known = teller.known()
        yield* metrics.open(
          known.map(({ stored }) => stored.event.kind),
          known.filter(({ told }) => told === undefined).length
        )
        if (teller.forgotten > forgotten) {
          yield* Effect.logWarning(
            `More than ${mostOpen} incidents are open: ${receiver.name} is not notified any more of the oldest ${teller.forgotten - forgotten}.`
          )
          forgotten = teller.forgotten
        }
        outbox.take(changes, yield* Clock.currentTimeMillis)
        yield* flushIfDue
        if (outbox.waits) yield* hold
        else if (eventsSince >= eventsAPosition) yield* write()
      })
    const handle = (stored: StoredIncident) =>
      Effect.gen(function* () {
        if (stored.seq <= place.incidents_seq) return yield* new MadeAnew()
        // Without a digest or a limit, what one window decided is one message, however fast windows come.
        const isOfNext = stored.event.timestamp !== place.decided
        if (isOfNext && outbox.waits && isAtOnce(receiver, outbox, yield* Clock.currentTimeMillis)) yield* flush
        const change = teller.take(stored)
        place = placeOf(stored)
        eventsSince++
        yield* step(change === undefined ? [] : [change])
      })
    const locked = lock.withPermits(1)
    const handleAll = (batch: ReadonlyArray<StoredIncident>) => locked(Effect.forEach(batch, handle, { discard: true }))

    yield* metrics.begin
    yield* Effect.logInfo("Notifying").pipe(
      Effect.annotateLogs({
        receiver: `${receiver.name} at ${receiver.shown}`,
        behind: place.decided || "the first incident"
      })
    )
    // What needs to hear of an alert again to believe in it forgets it by itself.
    if (begun.ends.length > 0 && receiver.refresh === undefined) yield* send(atOnceBatch(begun.ends))
    if (begun.waiting?.isSealed) yield* send(begun.waiting.batch)
    else if (outbox.waits) yield* hold

    const newest = yield* windows.latest
    let decidedMs = newest === undefined ? Number.NEGATIVE_INFINITY : orderOf(newest.record).endMs
    const look = locked(Effect.suspend(() => step(teller.look(decidedMs))))

    yield* Stream.runForEachArray(incidents.read(place.incidents_seq + 1), handleAll)
    // The newest record is followed again, and what it decided waited for; a new receiver need not wait to hear what is open.
    if (begun.isNew || newest === undefined) yield* look
    yield* locked(Effect.suspend(() => (!outbox.waits ? write() : begun.isNew ? flush : Effect.void)))

    const refresh = receiver.refresh
    if (refresh === undefined) yield* (yield* Health).ready(receiver.name)
    else {
      yield* locked(Effect.suspend(() => deliver(refresh.tell(teller.told()), delivery))).pipe(
        Effect.repeat(Schedule.spaced(refresh.everyMs)),
        Effect.forkScoped
      )
    }

    const decided = windows.follow(newest?.seq ?? 1, { unchecked: true }).pipe(
      Stream.runForEachArray((batch) => {
        const settled = Effect.sync(() => {
          decidedMs = orderOf(batch.at(-1)!.record).endMs
        })
        return Effect.sleep(settleMs).pipe(Effect.andThen(settled), Effect.andThen(look))
      })
    )
    const acted = acts.follow(actsSeq + 1).pipe(Stream.runForEachArray((batch) => Effect.andThen(hear(batch), look)))
    const happened = Stream.runForEachArray(incidents.follow(place.incidents_seq + 1), handleAll)
    yield* Effect.raceFirst(happened, Effect.raceFirst(decided, acted))
  }).pipe(Effect.scoped)

/** What is due within moments is not held back. */
const isAtOnce = ({ policy }: Receiver, outbox: Outbox, nowMs: number): boolean =>
  policy.digestMs === 0 && outbox.waitMs(nowMs) <= gatherMs

const waitingOf = (batch: Batch, since: number, sealed: Batch | undefined): Waiting => ({
  since,
  changes: batch.changes.map(({ event: _, ...change }) => change),
  counts: batch.counts,
  ...(sealed === undefined ? {} : { sealed: sealOf(sealed) })
})

const sealOf = ({ heldFor, heldSinceMs }: Batch): NonNullable<Waiting["sealed"]> => ({
  ...(heldSinceMs === undefined ? {} : { held_since: heldSinceMs }),
  ...(heldFor === undefined ? {} : { held_for: heldFor })
})

const standingIn = (said: ActsFold, event: IncidentEvent): Standing => {
  const { acknowledged, silenced } = said.ofIncident(event)
  return {
    acknowledged: acknowledged && acknowledgementOf(acknowledged),
    isSilenced: silenced !== undefined
  }
}

const acknowledgementOf = ({ id, by, at }: Acknowledgement): Acknowledgement => ({ id, by, at })

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
