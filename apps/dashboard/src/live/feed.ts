import { type Alert, incidentsOf, type KnownRecord, parseRfc3339 } from "@chaussettes/domain"
import {
  Acts,
  Alerts,
  Incidents,
  type StoredAlert,
  type StoredIncident,
  type ThresholdEntry,
  Windows
} from "@chaussettes/jetstream"
import { type IncidentView, lookedAtMs, type Names, type Status, statusOf } from "@chaussettes/readmodel"
import { Health, reasonOf } from "@chaussettes/service"
import { Clock, Context, Effect, Layer, Schedule } from "effect"
import { History, windowsWithin } from "../history/history.ts"
import { pointOf } from "../history/summary.ts"
import { Tops } from "../history/tops.ts"
import { type AlertGroups, alertGroupsOf } from "./alert-groups.ts"
import { compact, missed } from "./backlog.ts"
import { followLog } from "./follow.ts"
import { encodeEvent, Hub } from "./hub.ts"
import { IncidentTail, tailEvents } from "./incident-tail.ts"
import { measure } from "./metrics.ts"
import { Newest, tailAlerts } from "./newest.ts"
import { olderWindows } from "./older.ts"
import { Outbox } from "./outbox.ts"
import { People } from "./people.ts"
import { standing } from "./standing.ts"

/** Records read before the page opens; older ones follow while it is open. */
const firstRecords = 4_096

/**
 * Follows WINDOWS, ALERTS and the buckets once for all viewers, keeps what the page asks for most, and tells each viewer what
 * is new. It holds nothing that could not be read again.
 */
export class Feed extends Context.Service<
  Feed,
  {
    readonly history: History
    readonly tops: Tops
    readonly tail: Newest
    readonly incidents: IncidentTail
    readonly hub: Hub
    /** Share of WINDOWS that has been read, 0 to 1. */
    readonly loaded: () => number
    readonly status: Effect.Effect<Status & AlertGroups & { readonly actsSeq: number }>
    /** The newest act that is known; what is marked changes with it. */
    readonly actsSeq: () => number
    /** An incident with what people said of it, as far as viewers may know. */
    readonly marked: (view: IncidentView, nowMs: number) => IncidentView
    readonly thresholds: () => ReadonlyArray<ThresholdEntry>
    /** `<sequence in WINDOWS>.<sequence in ALERTS>.<sequence in INCIDENTS>`: all events up to there are known to who has it. */
    readonly position: () => string
    /** What a viewer at this position has missed. */
    readonly missedSince: (position: string | undefined) => ReadonlyArray<Uint8Array>
  }
>()("@chaussettes/dashboard/Feed") {
  /** @param names whether every viewer may see who said something of an incident */
  static readonly layer = (names: Names) => Layer.effect(Feed, follow(names))
}

const follow = (names: Names) =>
  Effect.gen(function* () {
    const windows = yield* Windows
    const alerts = yield* Alerts
    const incidentsLog = yield* Incidents
    const actsLog = yield* Acts
    const health = yield* Health

    const history = new History(windowsWithin(process.constrainedMemory()))
    const tops = new Tops()
    const tail = new Newest()
    const incidents = new IncidentTail()
    const people = new People(names)
    const hub = new Hub()
    let [firstHeld, lastHeld] = [1, 0]
    let readThrough = 0
    let statusWanted = false
    const { state: standingNow, thresholdChanges } = yield* standing(() => {
      statusWanted = true
    })

    const position = () => `${history.lastSeq}.${tail.lastAlertSeq}.${incidents.lastSeq}`
    const outbox = new Outbox(hub, () => encodeEvent("reset", { why: "too much is new" }, position()))
    const loaded = () =>
      lastHeld < firstHeld || history.truncated
        ? 1
        : Math.min(1, (history.lastSeq - Math.max(history.firstSeq, 1) + 1) / Math.max(1, lastHeld - firstHeld + 1))

    /** They change only with a window or an alert, and are asked for more often. */
    let [knownAt, known] = ["", incidentsOf([], 0)]
    const groups = () => {
      if (knownAt !== position())
        [knownAt, known] = [position(), incidentsOf(recentAlerts(tail, history), history.endMs ?? 0)]
      return known
    }

    const marked = (view: IncidentView, nowMs: number) => people.marked(view, lookedAtMs(history.endMs, nowMs))
    const status = Effect.map(Clock.currentTimeMillis, (nowMs) => ({
      ...alertGroupsOf(groups()),
      actsSeq: people.lastSeq,
      ...statusOf({
        nowMs,
        ...standingNow.at(nowMs),
        recent: tail.records,
        oldestMs: history.firstMs ?? null,
        // What is over is not looked at here, and there may be very many of them.
        incidents: incidents.views.map((view) => (view.isOpen ? marked(view, nowMs) : view)),
        maintenanceUntilMs: people.maintenanceUntilMs(nowMs)
      })
    }))

    const takeRecord = ({ seq, record }: KnownRecord): void => {
      readThrough = Math.max(readThrough, seq)
      if (seq <= history.lastSeq) return
      const point = pointOf(seq, record)
      const before = history.append(point)
      // One that was revised an hour later than it was told counts with what was known first.
      const toldBefore = before === undefined ? undefined : tail.newestOf(record.start)
      if (before === undefined || toldBefore !== undefined) tops.add(record, toldBefore)
      tail.pushRecord(record)
      lastHeld = Math.max(lastHeld, seq)
      statusWanted = true
      outbox.add(() => encodeEvent("window", compact(history.pointAt(point.startMs) ?? point, before), position()))
    }

    const takeAlert = ({ seq, alert }: StoredAlert): void => {
      if (seq <= tail.lastAlertSeq) return
      tail.pushAlert(seq, alert)
      statusWanted = true
      outbox.add(() => encodeEvent("alert", { seq, alert }, position()))
    }

    const takeIncident = (stored: StoredIncident): void => {
      if (stored.seq <= incidents.lastSeq) return
      const told = incidents.push(stored)
      statusWanted = true
      outbox.add(() => encodeEvent("incident", told, position()))
    }

    // What waits is among what was missed: the others hear it before somebody joins them.
    const missedSince = (from: string | undefined) => {
      outbox.sendAll()
      return missed({ history, tail, incidents, position }, from)
    }

    /** Why a stream cannot be read on, by its name. */
    const refused = new Map<string, string>()
    let isOpen = false
    const tellHistory = Effect.suspend(() => {
      const [why] = refused.values()
      if (why !== undefined) return health.notReady("history", why)
      return isOpen ? health.ready("history") : Effect.void
    })
    const onRefused = (stream: string) => (why: string | undefined) =>
      Effect.suspend(() => {
        if (why === undefined) refused.delete(stream)
        else refused.set(stream, why)
        return tellHistory
      })

    const anew = () => {
      outbox.sendAll()
      hub.publish(encodeEvent("reset", { why: "a stream was made anew" }))
    }

    const tellStatus = Effect.gen(function* () {
      statusWanted = false
      if (hub.viewers > 0) hub.publish(encodeEvent("status", yield* status))
    })

    const open = Effect.gen(function* () {
      const bounds = yield* windows.bounds
      const newest = yield* windows.latest
      firstHeld = bounds.firstSeq
      lastHeld = bounds.lastSeq
      yield* Effect.forkScoped(
        followLog(windows, {
          startAt: ({ lastSeq }) => lastSeq - firstRecords + 1,
          take: takeRecord,
          onRefused: onRefused("windows"),
          forget: () => {
            history.clear()
            tops.clear()
            tail.clearRecords()
            anew()
          }
        })
      )
      yield* Effect.forkScoped(
        followLog(alerts, {
          startAt: ({ lastSeq }) => lastSeq - tailAlerts + 1,
          take: takeAlert,
          onRefused: onRefused("alerts"),
          forget: () => {
            tail.clearAlerts()
            anew()
          }
        })
      )
      yield* Effect.forkScoped(
        followLog(incidentsLog, {
          startAt: ({ lastSeq }) => lastSeq - tailEvents + 1,
          take: takeIncident,
          onRefused: onRefused("incidents"),
          forget: () => {
            incidents.clear()
            anew()
          }
        })
      )
      yield* Effect.forkScoped(
        followLog(actsLog, {
          startAt: () => 1,
          take: (stored) => {
            people.push(stored)
            statusWanted = true
          },
          onRefused: onRefused("acts"),
          forget: () => {
            people.clear()
            statusWanted = true
          }
        })
      )
      yield* Effect.forkScoped(thresholdChanges)
      // The newest records are there before the page says that it is ready.
      yield* Effect.sync(() => readThrough).pipe(
        Effect.repeat({ until: (seq) => seq >= (newest?.seq ?? 0), schedule: Schedule.spaced("20 millis") })
      )
      isOpen = true
      yield* tellHistory
      yield* olderWindows(windows, { history, tops }, (now) => {
        firstHeld = now.firstSeq
        lastHeld = Math.max(lastHeld, now.lastSeq)
      }).pipe(
        Effect.tapErrorTag("Unreadable", ({ message }) => onRefused("older windows")(message)),
        Effect.retry(Schedule.spaced("5 seconds")),
        Effect.orDie
      )
      yield* onRefused("older windows")(undefined)
    }).pipe(
      Effect.tapError((error) => health.notReady("history", reasonOf(error))),
      Effect.retry(Schedule.spaced("2 seconds")),
      Effect.orDie
    )

    yield* Effect.forkScoped(measure({ hub, loaded, lastWindowEndMs: () => history.endMs }))
    yield* Effect.forkScoped(open)
    yield* Effect.forkScoped(Effect.repeat(Effect.sync(outbox.send), Schedule.spaced("25 millis")))
    yield* Effect.forkScoped(
      Effect.repeat(Effect.andThen(Effect.sync(outbox.settle), tellStatus), Schedule.spaced("2 seconds"))
    )
    // What matters is told at once, but not more often than five times a second.
    yield* Effect.forkScoped(
      Effect.repeat(
        Effect.suspend(() => (statusWanted ? tellStatus : Effect.void)),
        Schedule.spaced("200 millis")
      )
    )

    return Feed.of({
      history,
      tops,
      tail,
      incidents,
      hub,
      loaded,
      status,
      actsSeq: () => people.lastSeq,
      marked,
      thresholds: standingNow.thresholds,
      position,
      missedSince
    })
  })

/** Alerts of the last day before the newest window: enough for what is open, and for the last one that was. */
function* recentAlerts(tail: Newest, history: History): Iterable<Alert> {
  const fromMs = (history.endMs ?? 0) - 86_400_000
  for (const { alert } of tail.alerts) if (parseRfc3339(alert.window.start)! >= fromMs) yield alert
}
