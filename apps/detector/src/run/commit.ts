import type { DetectionPosition, Reject } from "@chaussettes/domain"
import {
  AlertsLog,
  appendUntilStored,
  backoff,
  type Diverged,
  type Entry,
  type Fenced,
  type Foreign,
  IncidentsLog,
  type Outdated,
  RejectsLog,
  type StoreError,
  WindowsLog,
  windowsSubject
} from "@chaussettes/jetstream"
import { type Cause, Effect, Queue } from "effect"
import type { EncodedAlert, EncodedIncident, FoldOutput, KnownIncidents } from "../fold/fold.ts"
import { unpack } from "../fold/packed.ts"
import type { Recovered } from "./recovery.ts"

/** Somebody else wrote, or the streams are no longer those that we know: this life is over. */
export type Overtaken = Fenced | Foreign | Diverged

/** Everything decided up to a position is stored. */
export interface Stored {
  readonly position: DetectionPosition
  readonly windowsSeq: number
  readonly alertsSeq: number
  readonly incidentsSeq: number
  /** What is known of incidents at the position; undefined where no checkpoint can rest on it. */
  readonly known: KnownIncidents | undefined
}

/** Decisions whose records are stored and whose alerts are not yet. */
interface Recorded {
  readonly alerts: ReadonlyArray<EncodedAlert>
  readonly incidents: ReadonlyArray<EncodedIncident>
  readonly position: DetectionPosition | undefined
  readonly known: KnownIncidents | undefined
  readonly windowsSeq: number
}

/** Decisions whose alerts are stored, too, and whose incidents are not yet. */
interface Alerted extends Recorded {
  readonly alertsSeq: number
}

/** Steps of the fold that wait to be stored; the fold waits when so many do. */
export const outputsWaiting = 16
/** Steps that are stored together at most. */
const outputsTogether = 16

export interface CommitOptions {
  readonly epoch: number
  readonly recovered: Recovered
  readonly onWaiting: (
    what: "WINDOWS" | "ALERTS" | "INCIDENTS" | "REJECTS"
  ) => (error: StoreError | Outdated) => Effect.Effect<void>
  readonly onStored: (stored: Stored, alerts: ReadonlyArray<EncodedAlert>) => Effect.Effect<void>
}

/**
 * Stores what the fold says, in the order of the guarantee and pipelined behind it: the rejects, then the records, each at its expected
 * sequence, then their alerts, then what became of incidents, and only then is a position told that a checkpoint may rest on. Records go on being stored
 * while the alerts of earlier ones are under way. Ends when the queue has ended and all of it is stored.
 */
export const commit = (
  outputs: Queue.Dequeue<FoldOutput, Cause.Done>,
  options: CommitOptions
): Effect.Effect<void, Overtaken, WindowsLog | AlertsLog | IncidentsLog | RejectsLog> =>
  Effect.gen(function* () {
    const recorded = yield* Queue.bounded<Recorded, Cause.Done>(outputsWaiting)
    const alerted = yield* Queue.bounded<Alerted, Cause.Done>(outputsWaiting)
    yield* Effect.all(
      [
        storeRecords(outputs, recorded, options),
        storeAlerts(recorded, alerted, options),
        storeIncidents(alerted, options)
      ],
      { concurrency: "unbounded", discard: true }
    )
  })

const storeRecords = (
  outputs: Queue.Dequeue<FoldOutput, Cause.Done>,
  recorded: Queue.Queue<Recorded, Cause.Done>,
  options: CommitOptions
) =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    const rejectsLog = yield* RejectsLog
    const { epoch, recovered } = options
    let windowsSeq = recovered.windowsSeq
    yield* untilDone(outputs, (taken) =>
      Effect.gen(function* () {
        const rejects = taken
          .flatMap((output) => output.rejects)
          .filter((reject) => isBehind(reject, recovered.lastReject))
        if (rejects.length > 0) yield* untilAppended(rejectsLog.append(rejects), options.onWaiting("REJECTS"))
        const entries = taken.flatMap((output) =>
          unpack(output.records).map((data): Entry => ({ subject: windowsSubject, data, epoch }))
        )
        if (entries.length > 0) {
          windowsSeq = yield* appendUntilStored(windows, entries, windowsSeq, {
            epoch,
            onWaiting: options.onWaiting("WINDOWS")
          }).pipe(Effect.withSpan("store records", { attributes: { records: entries.length } }))
        }
        const { position, known } = lastOf(taken)
        const incidents = taken.flatMap((output) => output.incidents)
        if (position !== undefined || incidents.length > 0 || taken.some((output) => output.decided > 0)) {
          const alerts = taken.flatMap((output) => output.alerts)
          yield* Queue.offer(recorded, { alerts, incidents, position, known, windowsSeq })
        }
      })
    )
    yield* Queue.end(recorded)
  })

const storeAlerts = (
  recorded: Queue.Queue<Recorded, Cause.Done>,
  alerted: Queue.Queue<Alerted, Cause.Done>,
  options: CommitOptions
) =>
  Effect.gen(function* () {
    const log = yield* AlertsLog
    const { epoch, recovered } = options
    let alertsSeq = recovered.alertsSeq
    yield* untilDone(recorded, (taken) =>
      Effect.gen(function* () {
        const alerts = taken.flatMap((some) => some.alerts).filter(({ id }) => !recovered.storedAlerts.has(id))
        if (alerts.length > 0) {
          const entries = alerts.map(({ subject, data }): Entry => ({ subject, data, epoch }))
          alertsSeq = yield* appendUntilStored(log, entries, alertsSeq, {
            epoch,
            onWaiting: options.onWaiting("ALERTS")
          }).pipe(Effect.withSpan("store alerts", { attributes: { alerts: entries.length } }))
        }
        const incidents = taken.flatMap((some) => some.incidents)
        const { windowsSeq } = taken.at(-1)!
        yield* Queue.offer(alerted, { alerts, incidents, ...lastOf(taken), windowsSeq, alertsSeq })
      })
    )
    yield* Queue.end(alerted)
  })

const storeIncidents = (alerted: Queue.Queue<Alerted, Cause.Done>, options: CommitOptions) =>
  Effect.gen(function* () {
    const log = yield* IncidentsLog
    const { epoch, recovered } = options
    const { storedEvents } = recovered.incidents
    let incidentsSeq = recovered.incidents.seq
    yield* untilDone(alerted, (taken) =>
      Effect.gen(function* () {
        const events = taken.flatMap((some) => some.incidents).filter(({ key }) => !storedEvents.has(key))
        if (events.length > 0) {
          const entries = events.map(({ subject, data }): Entry => ({ subject, data, epoch }))
          incidentsSeq = yield* appendUntilStored(log, entries, incidentsSeq, {
            epoch,
            onWaiting: options.onWaiting("INCIDENTS")
          }).pipe(Effect.withSpan("store incidents", { attributes: { events: entries.length } }))
        }
        const { position, known } = lastOf(taken)
        if (position === undefined) return
        const { windowsSeq, alertsSeq } = taken.at(-1)!
        const alerts = taken.flatMap((some) => some.alerts)
        yield* options.onStored({ position, known, windowsSeq, alertsSeq, incidentsSeq }, alerts)
      })
    )
  })

/** The last position of what is stored together, and what is known of incidents there. */
const lastOf = <A extends Pick<FoldOutput, "position" | "known">>(
  taken: ReadonlyArray<A>
): Pick<FoldOutput, "position" | "known"> => {
  const last = taken.findLast(({ position }) => position !== undefined)
  return { position: last?.position, known: last?.known }
}

/**
 * Takes whatever waits, again and again, until the queue has ended. What stands behind a place for a checkpoint is stored apart, so that the sequences
 * which are told with it cover no more.
 */
const untilDone = <A extends Pick<FoldOutput, "known">, E, R>(
  queue: Queue.Dequeue<A, Cause.Done>,
  each: (taken: ReadonlyArray<A>) => Effect.Effect<void, E, R>
): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    for (;;) {
      const taken = yield* Queue.takeBetween(queue, 1, outputsTogether).pipe(
        Effect.catchTag("Done", () => Effect.succeed<ReadonlyArray<A>>([]))
      )
      if (taken.length === 0) return
      for (let from = 0; from < taken.length; ) {
        const place = taken.findIndex(({ known }, i) => i >= from && known !== undefined)
        const to = place < 0 ? taken.length : place + 1
        yield* each(taken.slice(from, to))
        from = to
      }
    }
  })

const isBehind = (reject: Reject, last: Recovered["lastReject"]): boolean =>
  last === undefined || reject.seq > last.seq || (reject.seq === last.seq && reject.line > last.line)

/** A reject has an identity, so it is simply sent again until it is stored. */
const untilAppended = (
  append: Effect.Effect<void, StoreError>,
  onWaiting: (error: StoreError) => Effect.Effect<void>
): Effect.Effect<void> => append.pipe(Effect.tapError(onWaiting), Effect.retry(backoff(100, 5_000)), Effect.orDie)
