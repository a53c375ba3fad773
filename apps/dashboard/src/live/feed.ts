import {
  type Alert,
  type Checkpoint,
  incidentsOf,
  type KnownRecord,
  NewestRecords,
  parseRfc3339,
  type Tally,
  type WindowRecord
} from "@chaussettes/domain"
import {
  Acts,
  Alerts,
  DetectorState,
  detectorConsumer,
  Incidents,
  type LeaseState,
  LogsReader,
  type LogsState,
  type RuleEntry,
  RulesStore,
  type StoredAlert,
  type StoredIncident,
  type StoreError,
  type ThresholdEntry,
  ThresholdsStore,
  Unavailable,
  type Unready,
  Windows
} from "@chaussettes/jetstream"
import {
  type IncidentView,
  lookedAtMs,
  type Names,
  type Status,
  statusOf,
  type UnknownKey,
  type Waiting
} from "@chaussettes/readmodel"
import { standingRules, strayKeys } from "@chaussettes/readmodel/queries"
import { Health, reasonOf, sayWaiting } from "@chaussettes/service"
import { Clock, Context, Effect, Layer, Schedule, Stream } from "effect"
import { History, windowsWithin } from "../history/history.ts"
import { pointOf } from "../history/summary.ts"
import { Tops } from "../history/tops.ts"
import { type AlertGroups, alertGroupsOf } from "./alert-groups.ts"
import { compact, missed } from "./backlog.ts"
import { collectGarbage } from "./collect.ts"
import { followLog } from "./follow.ts"
import { encodeEvent, Hub } from "./hub.ts"
import { IncidentTail, tailEvents } from "./incident-tail.ts"
import { measure } from "./metrics.ts"
import { Newest, tailAlerts } from "./newest.ts"
import { Outbox } from "./outbox.ts"
import { People } from "./people.ts"

/** Records read before the page opens; older ones follow while it is open. */
const firstRecords = 4_096
/** Records read at once while going backwards: first few, so that the last days are there soon, then ever more, since each begins anew. */
const [firstBackwards, mostBackwards] = [8_192, 131_072]
/** Of so many that were read backwards what is forgotten is given back. */
const collectEvery = 16_384
/** Over how long it is measured how fast waiting messages are read. */
const rateMs = 5_000

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
  static readonly layer = (names: Names) =>
    Layer.effect(
      Feed,
      Effect.gen(function* () {
        const windows = yield* Windows
        const alerts = yield* Alerts
        const incidentsLog = yield* Incidents
        const actsLog = yield* Acts
        const logs = yield* LogsReader
        const thresholdsStore = yield* ThresholdsStore
        const rulesStore = yield* RulesStore
        const detector = yield* DetectorState
        const health = yield* Health

        const history = new History(windowsWithin(process.constrainedMemory()))
        const tops = new Tops()
        const tail = new Newest()
        const incidents = new IncidentTail()
        const people = new People(names)
        const hub = new Hub()
        const thresholds = new Map<string, ThresholdEntry>()
        let logsState: LogsState | null = null
        let checkpoint: Checkpoint | null = null
        let lease: LeaseState | null = null
        let answers: ReadonlyArray<Unready> = []
        let waiting: number | null = null
        /** Two looks at how many wait: the last one, and one that is `rateMs` to twice that old, by which it is known how fast they are read. */
        let looks: ReadonlyArray<Waiting> = []
        let tally: Tally | null = null
        let rules: ReadonlyArray<RuleEntry> = []
        let unknownKeys: ReadonlyArray<UnknownKey> = []
        let unreachable: { readonly sinceMs: number; readonly why: string } | null = null
        let [firstHeld, lastHeld] = [1, 0]
        let readThrough = 0
        let statusWanted = false

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
            logs: logsState,
            unreachable,
            checkpoint,
            waiting,
            waitedBefore: looks.findLast(({ atMs }) => atMs <= nowMs - rateMs) ?? null,
            tally,
            lease,
            answers,
            thresholds: [...thresholds.values()],
            rules,
            unknownKeys,
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

        const say = sayWaiting()
        const poll = Effect.gen(function* () {
          const [state, read, held, unread, said, ruled, stray] = yield* Effect.all(
            [
              logs.state,
              detector.readCheckpoint,
              detector.readLease,
              logs.waiting(detectorConsumer),
              detector.readTally,
              Effect.provideService(standingRules, RulesStore, rulesStore),
              strayKeys.pipe(
                Effect.provideService(RulesStore, rulesStore),
                Effect.provideService(ThresholdsStore, thresholdsStore)
              )
            ],
            { concurrency: 7 }
          )
          const revisions = (entries: ReadonlyArray<RuleEntry>) => entries.map(({ revision }) => revision).join()
          const names = (keys: ReadonlyArray<UnknownKey>) => keys.map(({ bucket, key }) => `${bucket}.${key}`).join()
          if (revisions(ruled) !== revisions(rules) || names(stray) !== names(unknownKeys)) statusWanted = true
          rules = ruled
          unknownKeys = stray
          logsState = state
          checkpoint = read._tag === "Found" ? read.checkpoint : null
          lease = held ?? null
          waiting = unread ?? null
          const atMs = yield* Clock.currentTimeMillis
          looks = [
            ...looks.filter((look) => look.atMs > atMs - 2 * rateMs),
            ...(waiting === null ? [] : [{ atMs, messages: waiting }])
          ]
          tally = said ?? null
          if (unreachable !== null) statusWanted = true
          unreachable = null
          yield* health.ready("nats")
        }).pipe(
          Effect.timeoutOrElse({
            duration: "5 seconds",
            orElse: () => Effect.fail({ why: "it does not answer" })
          }),
          Effect.catch((error: StoreError | { readonly why: string }) =>
            Effect.gen(function* () {
              if (unreachable === null) {
                unreachable = { sinceMs: yield* Clock.currentTimeMillis, why: error.why }
                statusWanted = true
              }
              yield* say(new Unavailable({ what: "the state of the streams", why: error.why }))
              yield* health.notReady("nats", error.why)
            })
          )
        )

        const listen = Effect.gen(function* () {
          const said = yield* detector.askReady
          if (JSON.stringify(said) !== JSON.stringify(answers)) statusWanted = true
          answers = said
        })

        const thresholdChanges = Stream.runForEach(thresholdsStore.changes, (entry) =>
          Effect.sync(() => {
            thresholds.set(entry.key, entry)
            statusWanted = true
          })
        )

        const tellStatus = Effect.gen(function* () {
          statusWanted = false
          if (hub.viewers > 0) hub.publish(encodeEvent("status", yield* status))
        })

        /** Older records, backwards, until all are known or there is no more room. */
        const readBackwards = Effect.gen(function* () {
          for (let backwards = firstBackwards; ; backwards = Math.min(mostBackwards, backwards * 2)) {
            const bounds = yield* windows.bounds
            firstHeld = bounds.firstSeq
            lastHeld = Math.max(lastHeld, bounds.lastSeq)
            const before = history.firstSeq
            if (before <= bounds.firstSeq || history.truncated) return
            const from = Math.max(bounds.firstSeq, before - backwards)
            const older = new History()
            let read = 0
            const newest = new NewestRecords()
            // Of a window that was revised behind what is read here, more is known already.
            const addTops = (records: ReadonlyArray<WindowRecord>): void => {
              for (const record of records)
                if (history.pointAt(parseRfc3339(record.start)!) === undefined) tops.add(record)
            }
            yield* Stream.runForEachArray(windows.read(from, { throughSeq: before - 1, unchecked: true }), (records) =>
              Effect.andThen(
                Effect.sync(() => {
                  read += records.length
                  if (read >= collectEvery) {
                    collectGarbage()
                    read = 0
                  }
                  for (const { seq, record } of records) {
                    older.append(pointOf(seq, record))
                    addTops(newest.take(record))
                  }
                }),
                Effect.yieldNow
              )
            )
            addTops(newest.end())
            tops.settle()
            if (older.windows === 0 || !history.prepend(older, from)) return
          }
        }).pipe(
          Effect.tapErrorTag("Unreadable", ({ message }) => onRefused("older windows")(message)),
          Effect.retry(Schedule.spaced("5 seconds")),
          Effect.orDie
        )

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
          yield* readBackwards
          yield* onRefused("older windows")(undefined)
        }).pipe(
          Effect.tapError((error) => health.notReady("history", reasonOf(error))),
          Effect.retry(Schedule.spaced("2 seconds")),
          Effect.orDie
        )

        yield* Effect.forkScoped(measure({ hub, loaded, lastWindowEndMs: () => history.endMs }))
        yield* Effect.forkScoped(open)
        yield* Effect.forkScoped(Effect.repeat(poll, Schedule.spaced("1 second")))
        yield* Effect.forkScoped(Effect.repeat(listen, Schedule.spaced("2 seconds")))
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
          thresholds: () => [...thresholds.values()],
          position,
          missedSince
        })
      })
    )
}

/** Alerts of the last day before the newest window: enough for what is open, and for the last one that was. */
function* recentAlerts(tail: Newest, history: History): Iterable<Alert> {
  const fromMs = (history.endMs ?? 0) - 86_400_000
  for (const { alert } of tail.alerts) if (parseRfc3339(alert.window.start)! >= fromMs) yield alert
}
