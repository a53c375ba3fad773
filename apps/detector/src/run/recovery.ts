import {
  atTheBeginning,
  type Checkpoint,
  countAlike,
  countedBy,
  type DetectionSettings,
  type DetectionStart,
  type KnownRecord,
  lateBeforeOf,
  openSeqOf,
  parseRfc3339,
  parseWindowName,
  raisedBy,
  rfc3339,
  rulesOf,
  startBehind,
  type WindowRecord
} from "@chaussettes/domain"
import {
  Alerts,
  DetectorState,
  Incidents,
  type IncidentsStore,
  LogsReader,
  type LogsState,
  RejectsLog,
  type StoredAlert,
  type StoreError,
  type Unreadable,
  Windows
} from "@chaussettes/jetstream"
import { alertsStream, logsStream, windowsStream } from "@chaussettes/jetstream/topology"
import { Effect, Stream } from "effect"
import { ForeignMessages } from "./foreign-messages.ts"
import { type RecoveredIncidents, recoverIncidents } from "./recovered-incidents.ts"

/** How many records may stand in WINDOWS whose alerts are not stored yet; so far back a lost checkpoint makes a start look. */
const maxRecordsAhead = 20_000
/** Messages that are read at once where foreign ones stand between the alerts. */
const leastLookedBack = 1_000

/** Where a life of the detector begins, worked out from what is stored. */
export interface Recovered {
  readonly start: DetectionStart
  /** The first sequence of LOGS to read. */
  readonly fromSeq: number
  readonly windowsSeq: number
  readonly alertsSeq: number
  /** Alerts that stand in ALERTS already and may be derived again. */
  readonly storedAlerts: ReadonlySet<string>
  /** The newest reject that is stored: what is not behind it was written. */
  readonly lastReject: { readonly seq: number; readonly line: number } | undefined
  readonly logs: LogsState
  readonly incidents: RecoveredIncidents
  /** What an operator should know of this start. */
  readonly notices: ReadonlyArray<string>
}

/** Reads the checkpoint, the records and the alerts newer than it, and says where to begin. */
export const recover = (
  settings: DetectionSettings
): Effect.Effect<
  Recovered,
  StoreError | Unreadable,
  LogsReader | Windows | Alerts | Incidents | IncidentsStore | RejectsLog | DetectorState
> =>
  Effect.gen(function* () {
    const foreign = new ForeignMessages()
    // What is written last is looked at first: a detector that still writes may only have written more of what is behind it, never less. So a
    // checkpoint of this life covers no event or alert of a record that it does not cover.
    const incidentsSeq = yield* (yield* Incidents).lastSeq
    const { checkpoint, ...recovered } = yield* beginning(settings, foreign)
    const incidents = yield* Effect.provideServiceEffect(
      recoverIncidents(checkpoint, recovered.start.known, settings.windowMs, incidentsSeq),
      Incidents,
      Effect.map(Incidents, (log) => log.telling(foreign.take))
    )
    return { ...recovered, incidents, notices: [...recovered.notices, ...incidents.notices, ...foreign.notices()] }
  })

const beginning = (settings: DetectionSettings, foreign: ForeignMessages) =>
  Effect.gen(function* () {
    const logsReader = yield* LogsReader
    const windows = (yield* Windows).telling(foreign.take)
    const alerts = (yield* Alerts).telling(foreign.take)
    const state = yield* DetectorState
    const rejects = yield* RejectsLog
    const alertsSeq = yield* alerts.lastSeq
    const windowsSeq = yield* windows.lastSeq
    const last = yield* windows.latestThrough(windowsSeq)
    const read = yield* state.readCheckpoint
    // After those that speak of it: what they have read is in it, also where somebody else still reads and writes.
    const logs = yield* logsReader.state
    const notices: Array<string> = []

    if (read._tag === "Damaged") {
      notices.push(
        `The checkpoint cannot be read (${read.why}); resuming from the newest record of ${windowsStream} instead.`
      )
    }
    const checkpoint = read._tag === "Found" ? usable(read.checkpoint, logs, windowsSeq, alertsSeq, notices) : undefined
    const isCut = last !== undefined && last.record.through_seq > logs.lastSeq
    const logsIsNew =
      (read._tag === "Found" && read.checkpoint.logs_created !== logs.created) ||
      (last !== undefined && (isOfOther(last, logs) || (isCut && last.record.logs_created === undefined)))

    const newestReject = logsIsNew ? undefined : yield* rejects.last
    const lastReject = newestReject !== undefined && newestReject.seq <= logs.lastSeq ? newestReject : undefined
    const common = { windowsSeq, alertsSeq, lastReject, logs }
    if (logsIsNew) {
      if (read._tag !== "Found") notices.push(newLogs)
      const decidedThroughMs =
        last === undefined ? Number.NEGATIVE_INFINITY : parseRfc3339(last.record.decided_through)!
      return {
        ...common,
        fromSeq: logs.firstSeq,
        start: { ...atTheBeginning, decidedThroughMs, readThroughSeq: logs.firstSeq - 1 },
        storedAlerts: new Set<string>(),
        notices,
        checkpoint: undefined
      }
    }
    const readSeq = Math.max(last?.record.through_seq ?? 0, read._tag === "Found" ? read.checkpoint.highest_seq : 0)
    if (readSeq > logs.lastSeq) notices.push(cutLogs(logs, readSeq))
    if (isCut) {
      // What was read of it is counted, and what comes next under the same sequences is something else.
      const resumeSeq = Math.min(last.record.resume_seq, logs.lastSeq + 1)
      const decidedThroughMs = parseRfc3339(last.record.decided_through)!
      const [countedThroughSeq, readThroughSeq] = [logs.lastSeq, resumeSeq - 1]
      return {
        ...common,
        fromSeq: trimmed(resumeSeq, resumeSeq, logs, notices),
        start: { ...atTheBeginning, decidedThroughMs, countedThroughSeq, readThroughSeq },
        storedAlerts: new Set<string>(),
        notices,
        checkpoint: undefined
      }
    }
    const by =
      last === undefined ? {} : { closesDecided: !isByRules(last.record, settings), countedBy: countedBy(last.record) }
    if (checkpoint !== undefined) {
      const base = yield* windows.latestThrough(checkpoint.windows_seq)
      const newer = yield* recordsFrom(windows, checkpoint.windows_seq + 1, windowsSeq)
      const behind = yield* knownBehind(windows, base, newer)
      const storedAlerts = yield* alertIds(alerts.read(checkpoint.alerts_seq + 1))
      const fromSeq = trimmed(checkpoint.resume_seq, checkpoint.open_seq ?? checkpoint.resume_seq, logs, notices)
      return {
        ...common,
        fromSeq,
        start: {
          ...behind,
          // Where the record that it rests on is gone, the checkpoint still says what is decided.
          ...(base === undefined && checkpoint.decided_through_ms !== null
            ? { decidedThroughMs: checkpoint.decided_through_ms }
            : {}),
          ...by,
          clockMs: checkpoint.clock_ms,
          sources: {
            sources: checkpoint.sources,
            storedMs: checkpoint.stored_ms ?? checkpoint.clock_ms,
            graceMs: checkpoint.grace_ms ?? 0,
            graceUntilMs: checkpoint.grace_until_ms ?? 0
          },
          observedThroughSeq: checkpoint.highest_seq,
          countedThroughSeq: last?.record.through_seq ?? 0,
          readThroughSeq: checkpoint.resume_seq - 1,
          openSeq: checkpoint.open_seq ?? checkpoint.resume_seq
        },
        storedAlerts,
        notices,
        checkpoint
      }
    }
    if (last === undefined) {
      const fresh = { ...atTheBeginning, readThroughSeq: logs.firstSeq - 1 }
      return { ...common, fromSeq: logs.firstSeq, start: fresh, storedAlerts: new Set<string>(), notices, checkpoint }
    }
    const found = yield* fromRecords(windows, windowsSeq, alerts, alertsSeq, last, logs, notices)
    return { ...common, ...found, start: { ...found.start, ...by }, notices, checkpoint }
  })

/** Whether these settings count as a record was counted: only then lines can still come into its window. */
const isByRules = ({ start, end, rules }: WindowRecord, settings: DetectionSettings): boolean =>
  parseRfc3339(end)! - parseRfc3339(start)! === settings.windowMs && countAlike(rules, rulesOf(settings))

/** Records that are read at once on the way back. */
const backwards = 512

/** What is known behind `base`: the newer records, and those of windows that still took lines there. */
const knownBehind = (windows: Windows["Service"], base: KnownRecord | undefined, newer: ReadonlyArray<KnownRecord>) =>
  Effect.gen(function* () {
    if (base === undefined) return startBehind(base, newer)
    const lateBeforeMs = lateBeforeOf(base.record)
    const { firstSeq } = yield* windows.bounds
    let settled: ReadonlyArray<KnownRecord> = []
    for (let to = base.seq; to >= firstSeq; to -= backwards) {
      const page = yield* recordsFrom(windows, Math.max(firstSeq, to - backwards + 1), to)
      settled = [...page, ...settled]
      if (page.length > 0 && parseRfc3339(page[0]!.record.decided_through)! <= lateBeforeMs) break
    }
    return startBehind(base, [...settled, ...newer])
  })

/** Whether a record speaks of a LOGS that is no more: its sequences mean nothing in this one. */
const isOfOther = ({ record }: KnownRecord, logs: LogsState): boolean =>
  record.logs_created !== undefined && record.logs_created !== logs.created

const newLogs = `${logsStream} was created again: its sequences start over. Decided windows stay decided; lines for them are now late.`

const cutLogs = ({ lastSeq }: LogsState, readSeq: number): string =>
  `${logsStream} ends at sequence ${lastSeq}, but ${readSeq} was read before: the server has lost its last messages, as after a power cut. Decided windows stay decided; resuming from what ${logsStream} holds.`

/** The checkpoint, unless what it speaks of is gone. */
const usable = (
  checkpoint: Checkpoint,
  logs: LogsState,
  windowsSeq: number,
  alertsSeq: number,
  notices: Array<string>
): Checkpoint | undefined => {
  if (checkpoint.logs_created !== logs.created) {
    notices.push(newLogs)
    return undefined
  }
  if (checkpoint.highest_seq > logs.lastSeq) return undefined
  if (checkpoint.windows_seq > windowsSeq || checkpoint.alerts_seq > alertsSeq) {
    notices.push(
      `${windowsStream} or ${alertsStream} was created again after the checkpoint: resuming from what it holds; what it held before is lost.`
    )
  }
  return checkpoint
}

/** Where reading begins when LOGS may have lost its first messages. */
const trimmed = (fromSeq: number, openSeq: number, logs: LogsState, notices: Array<string>): number => {
  if (logs.firstSeq <= fromSeq) return fromSeq
  if (logs.firstSeq > openSeq)
    notices.push(
      `${logsStream} no longer holds sequences ${openSeq} to ${logs.firstSeq - 1}: their lines are missing from the open windows, and the next record counts them as a gap.`
    )
  return logs.firstSeq
}

/**
 * Records from a sequence on, up to one that this start knows to be the last: what another detector stores meanwhile is none of its records, or
 * their alerts would be stored behind a checkpoint that does not know them.
 */
const recordsFrom = (
  windows: Windows["Service"],
  seq: number,
  throughSeq: number
): Effect.Effect<ReadonlyArray<KnownRecord>, StoreError | Unreadable> =>
  Stream.runCollect(windows.read(seq, { throughSeq }))

const alertIds = <E>(alerts: Stream.Stream<StoredAlert, E>): Effect.Effect<ReadonlySet<string>, E> =>
  Effect.map(Stream.runCollect(alerts), (stored) => new Set(stored.map(({ alert }) => alert.id)))

/** The ids of at least the newest `count` alerts that detectors have written, or of all; foreign may stand between them. */
const newestAlertIds = (alerts: Alerts["Service"], count: number, alertsSeq: number) =>
  Effect.gen(function* () {
    const { firstSeq } = yield* alerts.bounds
    const ids = new Set<string>()
    for (let to = alertsSeq; ids.size < count && to >= firstSeq; ) {
      const from = Math.max(firstSeq, to + 1 - Math.max(count - ids.size, to === alertsSeq ? 0 : leastLookedBack))
      for (const id of yield* alertIds(alerts.read(from, { throughSeq: to }))) ids.add(id)
      to = from - 1
    }
    return ids
  })

/** As much of a record as says whether its alerts are stored: tens of thousands may have to be looked at. */
interface Glimpse {
  readonly seq: number
  readonly start: string
  /** How many alerts it raised. */
  readonly wanted: number
  /** Whether what is known of incidents begins with it. */
  readonly begins: boolean
}

/** Undefined where it is no record, as far as can be seen: its fields were not checked. */
const glimpseOf = ({ seq, record }: KnownRecord): Glimpse | undefined => {
  try {
    const wanted = raisedBy(record)
    const begins = record.incidents?.begins === true
    return Number.isSafeInteger(wanted) ? { seq, start: record.start, wanted, begins } : undefined
  } catch {
    return undefined
  }
}

/**
 * Without a checkpoint: the records say where to go on, but not which of them have their alerts. Alerts are stored in the
 * order of the records, so one whose alerts are complete vouches for all before it.
 */
const fromRecords = (
  windows: Windows["Service"],
  windowsSeq: number,
  alerts: Alerts["Service"],
  alertsSeq: number,
  last: KnownRecord,
  logs: LogsState,
  notices: Array<string>
) =>
  Effect.gen(function* () {
    const firstSeq = Math.max((yield* windows.bounds).firstSeq, last.seq - maxRecordsAhead)
    const glimpses: Array<Glimpse> = []
    yield* Stream.runForEachArray(windows.read(firstSeq, { throughSeq: windowsSeq, unchecked: true }), (records) =>
      Effect.gen(function* () {
        for (const known of records) {
          const glimpse = glimpseOf(known)
          // Read once more, which tells that it is a stranger.
          if (glimpse === undefined) yield* windows.get(known.seq)
          else if (!isOfOther(known, logs)) glimpses.push(glimpse)
        }
      })
    )
    const most = glimpses.reduce((sum, { wanted }) => sum + wanted, 0)
    const stored = yield* newestAlertIds(alerts, most, alertsSeq)
    const storedOf = countByWindow(stored)
    // Of a window with revisions, how many alerts it had raised with each of them.
    const raised = new Map<string, number>()
    const wantedBy = glimpses.map(({ start, wanted }) => {
      const all = (raised.get(start) ?? 0) + wanted
      raised.set(start, all)
      return all
    })
    let open = glimpses.length
    for (let i = glimpses.length - 1; i >= 0; i--) {
      const { start, wanted } = glimpses[i]!
      if (wanted === 0) continue
      if ((storedOf.get(start) ?? 0) >= wantedBy[i]!) break
      open = i
    }
    open = Math.min(open, yield* incidentsBegin(windows, glimpses, logs))
    const before = open === 0 ? undefined : yield* windows.get(glimpses[open - 1]!.seq)
    const known = open === glimpses.length ? [] : yield* recordsFrom(windows, glimpses[open]!.seq, windowsSeq)
    const resumeSeq = before === undefined ? logs.firstSeq : before.record.resume_seq
    return {
      fromSeq: trimmed(resumeSeq, before === undefined ? resumeSeq : openSeqOf(before.record), logs, notices),
      start: {
        ...(yield* knownBehind(
          windows,
          before,
          known.filter((record) => !isOfOther(record, logs))
        )),
        clockMs: Number.NEGATIVE_INFINITY,
        countedThroughSeq: last.record.through_seq,
        readThroughSeq: resumeSeq - 1,
        openSeq: before === undefined ? 0 : openSeqOf(before.record)
      } satisfies DetectionStart,
      storedAlerts: stored
    }
  })

/**
 * From which of these records on incidents can be derived again: the last one that begins, where LOGS still holds the lines behind it. Infinity where
 * there is none: then nothing is known of them.
 */
const incidentsBegin = (
  windows: Windows["Service"],
  glimpses: ReadonlyArray<Glimpse>,
  logs: LogsState
): Effect.Effect<number, StoreError | Unreadable> =>
  Effect.gen(function* () {
    const at = glimpses.findLastIndex(({ begins }) => begins)
    if (at < 0) return Number.POSITIVE_INFINITY
    const before = at === 0 ? undefined : yield* windows.get(glimpses[at - 1]!.seq)
    const isHeld = logs.firstSeq <= (before?.record.resume_seq ?? 1)
    return isHeld ? at : Number.POSITIVE_INFINITY
  })

/** How many alerts a window has, by its start; the window's name stands in an alert's id. */
const countByWindow = (ids: ReadonlySet<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const id of ids) {
    const window = parseWindowName(id.split(".")[1] ?? "")
    if (window === undefined) continue
    const start = rfc3339(window.startMs)
    counts.set(start, (counts.get(start) ?? 0) + 1)
  }
  return counts
}
