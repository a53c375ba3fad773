import {
  type Checkpoint,
  type ClockFault,
  type Dimension,
  defaultDimensions,
  dimensionsIn,
  firstThresholds,
  kindsIn,
  mapDimensions,
  newestOf,
  orderOf,
  type PerDimension,
  parseFormats,
  parseIgnore,
  parseRfc3339,
  parseThreshold,
  type RejectReason,
  rateOf,
  type SourceTally,
  type Tally,
  type TallyCounts,
  type Threshold,
  type WindowRecord,
  withoutVerdict
} from "@chaussettes/domain"
import { byHurt } from "../incidents/incident-order.ts"
import type { IncidentView } from "../incidents/incident-view.ts"
import { catchUpMs, type Waiting } from "./catching-up.ts"
import { type Learning, learningOf } from "./learning.ts"

/** What was read from the server at one moment; all that a status is made of. */
export interface StatusInput {
  readonly nowMs: number
  /** Null while the server cannot be asked. */
  readonly logs: { readonly firstSeq: number; readonly lastSeq: number; readonly bytes: number } | null
  readonly unreachable: { readonly sinceMs: number; readonly why: string } | null
  readonly checkpoint: Checkpoint | null
  /** Messages that the server has not handed to the detector yet; null where it knows of no detector. */
  readonly waiting: number | null
  /** How many these were at an earlier look, at least some seconds ago; null where there was none. */
  readonly waitedBefore: Waiting | null
  /** What the detector says of the recent lines; null where none did. */
  readonly tally: Tally | null
  readonly lease: { readonly holder: string; readonly generation: number; readonly renewedMs: number } | null
  /** What the detectors that run say of themselves: why each cannot do its work, by condition. */
  readonly answers: ReadonlyArray<{ readonly [condition: string]: string }>
  readonly thresholds: ReadonlyArray<{
    readonly key: string
    readonly text: string
    readonly revision: number
    readonly createdMs: number
  }>
  /** What stands in the bucket of the rules. */
  readonly rules: ReadonlyArray<{
    readonly key: string
    readonly text: string
    readonly revision: number
    readonly createdMs: number
  }>
  /** Keys of the buckets that nothing reads. */
  readonly unknownKeys: ReadonlyArray<UnknownKey>
  /** The records of the last hour of the log's own time, revisions among them, in the order of WINDOWS. */
  readonly recent: ReadonlyArray<WindowRecord>
  /** Start of the oldest window that is known; null where nobody looked. */
  readonly oldestMs: number | null
  /** Those that are open marked with what people said of them, where that is known. */
  readonly incidents: ReadonlyArray<IncidentView>
  /** End of the maintenance that lasts; null where none does, or where nobody may know. */
  readonly maintenanceUntilMs: number | null
}

/** A key that nothing reads: it was mistyped, or belongs to another version. */
export interface UnknownKey {
  readonly bucket: string
  readonly key: string
}

export interface SourceStatus {
  readonly name: string
  /** Its greatest event time, ms since the epoch. */
  readonly lastEventMs: number | null
  readonly lastSeenMs: number
  readonly ended: boolean
  /** Null where no line of it came recently. */
  readonly recent: SourceRecently | null
}

/** What is known of how a source's recent lines came. */
interface SourceRecently {
  readonly lines: number
  /** Lines that are late or rejected. */
  readonly withoutVerdict: number
  /** Store time less event time of its newest lines: usual, and of the latest tenth of them. Null before any was seen. */
  readonly delayMs: number | null
  readonly delayP90Ms: number | null
  /** How far behind its clock its lines come; null before enough were seen. */
  readonly disorderMs: number | null
  /** How long its lines are waited for. */
  readonly latenessMs: number
  readonly usualGapMs: number
  /** Added to the times of its lines. */
  readonly offsetMs: number
  readonly clock: ClockFault | null
}

interface ThresholdStatus {
  /** The whole of it; `rate` is the one number that stands for it. */
  readonly value: Threshold
  readonly rate: number
  /** The threshold depends on the number of requests. */
  readonly table: boolean
  readonly revision: number
  /** What stands in the bucket, which whoever changes it has to know: another one where nothing in it is in force, 0 where it has never held any. */
  readonly bucketRevision: number
  readonly sinceMs: number
  /** Who set it: a computation, or a person. Null where that cannot be told, as of first values. */
  readonly by: "computed" | "hand" | null
  /** Why what stands in the bucket is not taken; the detector then goes on with the last good value. */
  readonly refused: string | null
}

/** The rules of the bucket for traffic that counts nowhere. */
interface IgnoreStatus {
  /** How many of the bucket are in force. */
  readonly rules: number
  readonly revision: number
  readonly sinceMs: number
  /** Why what stands in the bucket is not taken; the detector then goes on with the last good rules. */
  readonly refused: string | null
}

/** The formats that the bucket declares by source. */
interface FormatsStatus {
  /** How many sources have one in force. */
  readonly sources: number
  readonly revision: number
  readonly sinceMs: number
  /** Why what stands in the bucket is not taken; the detector then goes on with the last good formats. */
  readonly refused: string | null
}

/** A source whose lines were of one format, and from then on of another. */
interface FormatChangeStatus {
  readonly source: string
  readonly was: string
  readonly now: string
  readonly atMs: number
}

export type DetectorStatus = "running" | "silent" | "never"

export interface Status {
  readonly atMs: number
  readonly unreachable: { readonly sinceMs: number; readonly why: string } | null
  readonly detector: {
    readonly state: DetectorStatus
    readonly holder: string | null
    readonly generation: number
    readonly renewedMs: number | null
    /** Why it cannot do its work, in the words of its log; empty where it can, or where none answers. */
    readonly notReady: ReadonlyArray<string>
  }
  /** End of the newest decided window, and how long windows are; null before the first one. */
  readonly newest: { readonly endMs: number; readonly windowMs: number; readonly decidedThroughMs: number } | null
  /** Start of the oldest window that is known; null where nobody looked. */
  readonly oldestMs: number | null
  /** Over the last minute of the log's own time. */
  readonly linesPerSecond: number
  readonly errorRate: number | null
  /** Messages of LOGS that the detector has not read yet, as the server counts them. */
  readonly lagMessages: number | null
  /** How long it takes to read these, at the rate at which they became fewer; null where that is not known, or they do not. */
  readonly lagLeftMs: number | null
  /** What became of the lines of the last minutes, also where no window was decided; null where nobody says. */
  readonly recent: {
    readonly spanMs: number
    readonly total: TallyCounts
    /** Sources whose clocks are off. */
    readonly offClock: number
  } | null
  /** Over the last hour of the log's own time. */
  readonly lastHour: {
    readonly requests: number
    readonly errors: number
    /** Lines with statuses 400 to 499 and 500 to 599, whatever counts as an error, and all of these by status. */
    readonly clientErrors: number
    readonly serverErrors: number
    readonly statuses: { readonly [status: string]: number }
    readonly late: number
    readonly gap: number
    readonly suppressed: number
    /** Lines that rules took out. */
    readonly ignored: number
    readonly rejected: { readonly [reason in RejectReason]?: number }
  }
  readonly logs: { readonly firstSeq: number; readonly lastSeq: number; readonly bytes: number } | null
  readonly sources: ReadonlyArray<SourceStatus>
  /** Of the dimensions that the detector judges. */
  readonly seuils: PerDimension<ThresholdStatus | null>
  /** Null where the bucket has no rules. */
  readonly ignore: IgnoreStatus | null
  /** Null where the bucket declares none. */
  readonly formats: FormatsStatus | null
  /** The last ones of the last day, newest first. */
  readonly formatChanges: ReadonlyArray<FormatChangeStatus>
  readonly unknownKeys: ReadonlyArray<UnknownKey>
  readonly method: string | null
  readonly calculatedAtMs: number | null
  readonly incidents: {
    /** The worst of the open ones, and how many there are. */
    readonly open: ReadonlyArray<IncidentView>
    readonly openCount: number
    /** Of the open ones those that nobody is told of, and when the first of these silences ends. Null where there are none. */
    readonly quiet: { readonly count: number; readonly untilMs: number } | null
    readonly maintenanceUntilMs: number | null
    /** The one that is open or was over last. */
    readonly last: IncidentView | null
    /** Null where it is known what is usual. */
    readonly learning: Learning | null
  }
}

/** A detector renews its lease every few seconds; after this long without it, it is gone. */
const leaseSilenceMs = 20_000
/** A tally that is older than its lines by more than this speaks of nothing recent. */
const tallyLagMs = 60_000
/** A change of format is told for this long. */
const formatChangeMs = 86_400_000
/** How many open incidents and sources a status names. */
const [maxOpen, maxSources] = [20, 100]

const leftMs = ({ nowMs, waitedBefore }: StatusInput, lagMessages: number | null): number | null => {
  if (waitedBefore === null || lagMessages === null) return null
  const left = catchUpMs(waitedBefore, { atMs: nowMs, messages: lagMessages })
  return left === undefined ? null : Math.round(left)
}

const thresholdStatus = (input: StatusInput, dimension: Dimension): ThresholdStatus | null => {
  const entry = input.thresholds.find((e) => e.key === dimension)
  // A revision is judged by the thresholds of its window, which may be others by now.
  const inForce = input.recent.findLast(({ revision }) => revision === undefined)?.seuils[dimension]
  if (entry === undefined || entry.text === "") {
    return inForce === undefined
      ? null
      : {
          value: inForce.value,
          rate: rateOf(inForce.value),
          table: typeof inForce.value !== "number",
          revision: inForce.revision,
          bucketRevision: entry?.revision ?? 0,
          sinceMs: 0,
          by: null,
          refused: null
        }
  }
  const parsed = parseThreshold(entry.text)
  const value = parsed.ok ? parsed.value : (inForce?.value ?? firstThresholds[dimension])
  return {
    value,
    rate: rateOf(value),
    table: typeof value !== "number",
    revision: entry.revision,
    bucketRevision: entry.revision,
    sinceMs: entry.createdMs,
    by: setBy(input, dimension, entry.revision),
    refused: parsed.ok ? null : parsed.reason
  }
}

/** The metadata of a publication names the revisions that it put; what stands there by another one was put by hand. */
const setBy = (input: StatusInput, dimension: Dimension, revision: number): ThresholdStatus["by"] => {
  const { revisions, restored_at: restoredAt } = metadataIn(input)
  const published = (revisions as { readonly [d in Dimension]?: unknown } | undefined)?.[dimension]
  if (typeof published !== "number") return null
  return published === revision && restoredAt === undefined ? "computed" : "hand"
}

const ignoreStatus = ({ rules, recent }: StatusInput): IgnoreStatus | null => {
  const entry = rules.find(({ key }) => key === "ignore")
  if (entry === undefined || entry.text === "") return null
  const parsed = parseIgnore(entry.text)
  const inForce = recent.at(-1)?.rules.reading?.ignore
  return {
    rules: parsed.ok ? parsed.rules.length : (inForce?.rules.length ?? 0),
    revision: entry.revision,
    sinceMs: entry.createdMs,
    refused: parsed.ok ? null : parsed.reason
  }
}

const formatsStatus = ({ rules, recent }: StatusInput): FormatsStatus | null => {
  const entry = rules.find(({ key }) => key === "formats")
  if (entry === undefined || entry.text === "") return null
  const parsed = parseFormats(entry.text)
  const by = parsed.ok ? parsed.by : (recent.at(-1)?.rules.reading?.formats?.by ?? {})
  return {
    sources: Object.keys(by).length,
    revision: entry.revision,
    sinceMs: entry.createdMs,
    refused: parsed.ok ? null : parsed.reason
  }
}

/** Also those that a detector told that has ended since: each says when it was. */
const formatChangesOf = ({ tally, nowMs }: StatusInput): ReadonlyArray<FormatChangeStatus> =>
  (tally?.format_changes ?? [])
    .filter(({ at_ms }) => nowMs - at_ms <= formatChangeMs)
    .map(({ source, was, now, at_ms }) => ({ source, was, now, atMs: at_ms }))
    .reverse()

interface Metadata {
  readonly method?: unknown
  readonly calculated_at?: unknown
  readonly revisions?: unknown
  readonly restored_at?: unknown
}

const metadataIn = (input: StatusInput): Metadata => {
  const text = input.thresholds.find((e) => e.key === "metadata")?.text
  if (text === undefined || text === "") return {}
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === "object" && json !== null ? json : {}
  } catch {
    return {}
  }
}

const metadataOf = (input: StatusInput): { method: string | null; calculatedAtMs: number | null } => {
  const { method, calculated_at } = metadataIn(input)
  return {
    method: typeof method === "string" ? method : null,
    calculatedAtMs: typeof calculated_at === "string" ? (parseRfc3339(calculated_at) ?? null) : null
  }
}

/** One that stands by is no trouble where another one works, and says nothing of it where none does. */
const notReady = (answers: StatusInput["answers"]): ReadonlyArray<string> => {
  const reasons = answers.map(({ lead, ...others }) => (lead === undefined ? Object.values(others) : undefined))
  const leads = reasons.filter((own) => own !== undefined)
  return leads.some((own) => own.length === 0) ? [] : (leads[0] ?? [])
}

const detectorStatus = (input: StatusInput): Status["detector"] => {
  const { lease, nowMs } = input
  const said = notReady(input.answers)
  if (lease === null) {
    return { state: "never", holder: null, generation: 0, renewedMs: null, notReady: said }
  }
  // Given up by a detector that ended: nobody leads.
  const isFree = lease.holder === ""
  return {
    state: !isFree && nowMs - lease.renewedMs <= leaseSilenceMs ? "running" : "silent",
    holder: isFree ? null : lease.holder,
    generation: lease.generation,
    renewedMs: lease.renewedMs,
    notReady: said
  }
}

const spokenFor = (tally: Tally | null, nowMs: number): Tally | null =>
  tally !== null && nowMs - tally.at_ms <= tally.span_ms + tallyLagMs ? tally : null

const recentlyOf = (source: SourceTally | undefined): SourceRecently | null =>
  source === undefined
    ? null
    : {
        lines: source.lines,
        withoutVerdict: withoutVerdict(source),
        delayMs: source.delay_ms?.median ?? null,
        delayP90Ms: source.delay_ms?.p90 ?? null,
        disorderMs: source.disorder_ms,
        latenessMs: source.lateness_ms,
        usualGapMs: source.usual_gap_ms,
        offsetMs: source.offset_ms,
        clock: source.clock
      }

/** Those that were heard of last, and before them those whose clocks are off: these must not be missed. */
const sourcesOf = (checkpoint: Checkpoint | null, tally: Tally | null): ReadonlyArray<SourceStatus> => {
  const recently = new Map(tally?.sources.map((source) => [source.name, source]))
  return (checkpoint?.sources ?? [])
    .map((s) => ({
      name: s.name,
      lastEventMs: s.max_event_ms,
      lastSeenMs: s.last_seen_ms,
      ended: s.ended,
      recent: recentlyOf(recently.get(s.name))
    }))
    .sort((a, b) => Number(isOff(b)) - Number(isOff(a)) || b.lastSeenMs - a.lastSeenMs)
    .slice(0, maxSources)
}

const isOff = ({ recent }: SourceStatus): boolean => recent !== null && recent.clock !== null

const sumUp = (records: ReadonlyArray<WindowRecord>): Status["lastHour"] => {
  const rejected: { [reason in RejectReason]?: number } = {}
  const statuses: { [status: string]: number } = {}
  const sum = { requests: 0, errors: 0, clientErrors: 0, serverErrors: 0, late: 0, gap: 0, suppressed: 0, ignored: 0 }
  for (const record of newestOf(records)) {
    sum.requests += record.total
    sum.errors += record.errors
    sum.suppressed += record.suppressed
    const pairs = record.statuses ?? []
    const kinds = kindsIn(pairs)
    sum.clientErrors += kinds.client
    sum.serverErrors += kinds.server
    for (let i = 0; i < pairs.length; i += 2) {
      if (pairs[i]! >= 400) statuses[pairs[i]!] = (statuses[pairs[i]!] ?? 0) + pairs[i + 1]!
    }
  }
  for (const record of records) {
    sum.late += record.since_last.late
    sum.gap += record.since_last.gap
    for (const n of Object.values(record.since_last.ignored ?? {})) sum.ignored += n
    for (const [reason, n] of Object.entries(record.since_last.rejected)) {
      rejected[reason as RejectReason] = (rejected[reason as RejectReason] ?? 0) + n
    }
  }
  return { ...sum, statuses, rejected }
}

/** The last sequence of LOGS that a detector is known to have read. */
const highestRead = (checkpoint: Checkpoint | null, newest: WindowRecord | undefined): number =>
  Math.max(checkpoint?.highest_seq ?? 0, newest?.through_seq ?? 0)

const quietOf = (open: ReadonlyArray<IncidentView>): Status["incidents"]["quiet"] => {
  const untilMs = open.flatMap(({ marks }) => marks?.quiet?.untilMs ?? [])
  return untilMs.length === 0 ? null : { count: untilMs.length, untilMs: Math.min(...untilMs) }
}

export const statusOf = (input: StatusInput): Status => {
  const last = newestOf(input.recent).at(-1)
  const tally = spokenFor(input.tally, input.nowMs)
  const newest =
    last === undefined
      ? null
      : {
          endMs: orderOf(last).endMs,
          windowMs: parseRfc3339(last.end)! - parseRfc3339(last.start)!,
          decidedThroughMs: Math.max(parseRfc3339(last.decided_through)!, input.checkpoint?.decided_through_ms ?? 0)
        }
  const hour = input.recent.filter((r) => orderOf(r).endMs > (newest?.endMs ?? 0) - 3_600_000)
  const minute = newest === null ? [] : newestOf(hour).filter((r) => parseRfc3339(r.end)! > newest.endMs - 60_000)
  const requests = minute.reduce((n, r) => n + r.total, 0)
  const errors = minute.reduce((n, r) => n + r.errors, 0)
  const spanMs = newest === null || minute.length === 0 ? 1 : newest.endMs - parseRfc3339(minute[0]!.start)!
  // When lines have stopped coming, the last minute of the log is no longer now.
  const stale = newest === null || input.nowMs - newest.endMs > 120_000 + newest.windowMs
  const incidents = [...input.incidents].sort(byHurt)
  const open = incidents.filter(({ isOpen }) => isOpen)
  const newestRecord = input.recent.at(-1)
  const read = highestRead(input.checkpoint, newestRecord)
  const lagMessages =
    input.logs === null
      ? null
      : (input.waiting ?? Math.max(0, input.logs.lastSeq - Math.max(read, input.logs.firstSeq - 1)))
  return {
    atMs: input.nowMs,
    unreachable: input.unreachable,
    detector: detectorStatus(input),
    newest,
    oldestMs: input.oldestMs,
    linesPerSecond: stale ? 0 : requests / (spanMs / 1000),
    errorRate: requests === 0 ? null : errors / requests,
    lagMessages,
    lagLeftMs: leftMs(input, lagMessages),
    recent: tally && { spanMs: tally.span_ms, total: tally.total, offClock: tally.off_clock },
    lastHour: sumUp(hour),
    logs: input.logs && { firstSeq: input.logs.firstSeq, lastSeq: input.logs.lastSeq, bytes: input.logs.bytes },
    sources: sourcesOf(input.checkpoint, tally),
    seuils: mapDimensions(
      (dimension) => thresholdStatus(input, dimension),
      newestRecord === undefined ? defaultDimensions : dimensionsIn(newestRecord.seuils)
    ),
    ignore: ignoreStatus(input),
    formats: formatsStatus(input),
    formatChanges: formatChangesOf(input),
    unknownKeys: input.unknownKeys,
    ...metadataOf(input),
    incidents: {
      open: open.slice(0, maxOpen),
      openCount: open.length,
      quiet: quietOf(open),
      maintenanceUntilMs: input.maintenanceUntilMs,
      last: incidents[0] ?? null,
      learning: newest === null ? null : learningOf(input.recent, input.oldestMs, newest.endMs)
    }
  }
}
