import { alertsBegin, type KnownRecord, orderOf, parseRfc3339, type WindowRecord } from "@chaussettes/domain"
import {
  AlertsLog,
  findFirst,
  Incidents,
  LogsReader,
  type LogsState,
  type StoredEntry,
  type StoreError,
  Unreadable,
  type VersionedLog,
  WindowsLog
} from "@chaussettes/jetstream"
import { alertsStream, incidentsStream, windowsStream } from "@chaussettes/jetstream/topology"
import { Effect } from "effect"
import { windowStartOfAlert } from "./alert-matcher.ts"
import { RecordReader } from "./record.ts"
import { type Later, laterIn } from "./stored.ts"

/** The span of time that is wanted, ms since the epoch. */
export interface Wanted {
  readonly fromMs: number
  readonly toMs: number
}

export interface PlannedSpan {
  /** The record before; undefined where nothing stands before the first one. */
  readonly before: KnownRecord | undefined
  readonly firstRecordSeq: number
  readonly lastRecordSeq: number
  readonly firstAlertSeq: number
  /** Alerts are read up to before here; Infinity for all. */
  readonly endAlertSeq: number
  readonly firstIncidentSeq: number
}

/** What is gone through. */
export interface Plan {
  readonly logs: LogsState
  /** Records that cannot be derived again, because LOGS does not hold their lines any more. */
  readonly unverifiable: number
  /** Undefined where there is no record that can be. */
  readonly span: PlannedSpan | undefined
}

/**
 * The first record that can be derived again is the one behind the first whose `resume_seq` LOGS still holds: all that was open or
 * not yet counted behind that record stands in LOGS from there on. `resume_seq` never falls while LOGS is the same, so it is found by
 * binary search. Where LOGS has lost nothing, it is the very first record that speaks of this LOGS.
 *
 * @param leastLogsSeq nothing of LOGS before this is read
 */
export const makePlan = (
  wanted: Wanted,
  leastLogsSeq: number
): Effect.Effect<Plan, StoreError | Unreadable, LogsReader | WindowsLog | AlertsLog | Incidents> =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    // WINDOWS before LOGS: what its records speak of is in LOGS then.
    const { firstSeq, lastSeq } = yield* windows.bounds
    const logs = yield* (yield* LogsReader).state
    const logsFromSeq = Math.max(logs.firstSeq, leastLogsSeq)
    const isWhole = logsFromSeq === 1
    const anchor = yield* findAnchor(windows, logs.created, logsFromSeq)
    const none = (unverifiable: number): Plan => ({ logs, unverifiable, span: undefined })
    if (lastSeq < firstSeq) {
      // Records that LOGS would still give, or that alerts were made from, are gone.
      const isLost = lastSeq > 0 ? isWhole && logs.messages > 0 : (yield* (yield* AlertsLog).lastSeq) > 0
      const nothing = {
        before: undefined,
        firstRecordSeq: 1,
        lastRecordSeq: lastSeq,
        firstAlertSeq: 1,
        firstIncidentSeq: 1
      }
      return isLost ? { logs, unverifiable: 0, span: { ...nothing, endAlertSeq: Number.POSITIVE_INFINITY } } : none(0)
    }
    if (anchor === undefined) return none(lastSeq - firstSeq + 1)

    let before = yield* recordAt(windows, isWhole ? anchor - 1 : anchor)
    // Records that are gone before all others are missing, where LOGS still holds what they were made of.
    let firstRecordSeq = before === undefined ? 1 : before.seq + 1
    const unverifiable = before === undefined ? 0 : firstRecordSeq - firstSeq
    if (Number.isFinite(wanted.fromMs)) {
      const first = yield* findFirst(windows, (entry) => isBehind(entry, ({ endMs }) => endMs > wanted.fromMs))
      if (first === undefined) return none(unverifiable)
      if (first.seq > firstRecordSeq) {
        before = yield* recordAt(windows, first.seq - 1)
        firstRecordSeq = before === undefined ? 1 : before.seq + 1
      }
    }
    const end = Number.isFinite(wanted.toMs)
      ? yield* findFirst(windows, (entry) => isBehind(entry, ({ startMs }) => startMs >= wanted.toMs))
      : undefined
    const span = {
      before,
      firstRecordSeq,
      lastRecordSeq: end === undefined ? lastSeq : end.seq - 1,
      firstIncidentSeq: yield* firstIncident(before),
      ...(yield* alertSpan(before, end === undefined ? Number.POSITIVE_INFINITY : wanted.toMs))
    }
    return span.lastRecordSeq < firstRecordSeq ? none(unverifiable) : { logs, unverifiable, span }
  })

/** The record of an entry; undefined where it can be read as none. */
const recordIn = ({ seq, data }: StoredEntry): Effect.Effect<WindowRecord | undefined, Unreadable> => {
  const stored = new RecordReader().read(seq, data)
  if (typeof stored !== "string") return Effect.succeed(stored.record)
  const later = laterIn("window", seq, data)
  return later === undefined ? Effect.succeed(undefined) : Effect.fail(refusalOf(later))
}

const isBehind = (entry: StoredEntry, test: (order: ReturnType<typeof orderOf>) => boolean) =>
  Effect.map(recordIn(entry), (record) => (record === undefined ? undefined : test(orderOf(record))))

const streamOf = { window: windowsStream, alert: alertsStream, incident: incidentsStream } as const

/** The same failure as that of every other reader. */
export const refusalOf = ({ of, seq, why }: Later): Unreadable =>
  new Unreadable({ stream: streamOf[of], seq, why, later: true })

/** Sequence of the first record all behind which LOGS still holds. */
const findAnchor = (windows: VersionedLog, logsCreated: string, logsFromSeq: number) =>
  Effect.gen(function* () {
    const holds = ({ data }: StoredEntry) =>
      data.includes(`"logs_created":"${logsCreated}"`) &&
      Number(/"resume_seq":(\d+)/.exec(data)?.[1] ?? 0) >= logsFromSeq
    // Nearly always LOGS or WINDOWS is what it was from the start: then no search can be led astray by a record that was altered.
    const { firstSeq } = yield* windows.bounds
    const first = yield* windows.get(firstSeq)
    if (first !== undefined && holds(first)) return first.seq
    return (yield* findFirst(windows, (entry) => Effect.succeed(holds(entry))))?.seq
  })

/** The record at a sequence, or the nearest one before it that can be read. */
const recordAt = (
  windows: VersionedLog,
  seq: number
): Effect.Effect<KnownRecord | undefined, StoreError | Unreadable> =>
  Effect.gen(function* () {
    for (let at = seq; at >= (yield* windows.bounds).firstSeq; at--) {
      const entry = yield* windows.get(at)
      const record = entry && (yield* recordIn(entry))
      if (record !== undefined) return { seq: at, record }
    }
    return undefined
  })

/** Where the events of the windows behind a record stand. */
const firstIncident = (before: KnownRecord | undefined) =>
  Effect.gen(function* () {
    if (before === undefined) return 1
    const incidents = yield* Incidents
    const first = yield* incidents.firstFrom(parseRfc3339(before.record.decided_through)!)
    return first?.seq ?? (yield* incidents.lastSeq) + 1
  })

/** Where the alerts of a span stand. */
const alertSpan = (before: KnownRecord | undefined, toMs: number) =>
  Effect.gen(function* () {
    const alerts = yield* AlertsLog
    const at = (startMs: number) =>
      findFirst(alerts, (entry) => Effect.succeed(windowStartOfAlert(entry.data) >= startMs))
    const first =
      before === undefined ? undefined : yield* at(alertsBegin(parseRfc3339(before.record.decided_through)!))
    const firstAlertSeq = before === undefined ? 1 : (first?.seq ?? (yield* alerts.lastSeq) + 1)
    // One that came by a revision may stand behind it; a record behind the span has raised that.
    const end = Number.isFinite(toMs) ? yield* at(toMs) : undefined
    return { firstAlertSeq, endAlertSeq: end?.seq ?? Number.POSITIVE_INFINITY }
  })
