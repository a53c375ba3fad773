import {
  type Alert,
  type ClosedBy,
  decidedWindowOf,
  dimensionOf,
  Explainer,
  keyOf,
  type LineCounts,
  leastErrors,
  type PaneLine,
  parseAlertId,
  parseRfc3339,
  type WindowRecord
} from "@chaussettes/domain"
import { LogsReader } from "@chaussettes/jetstream"
import { Data, Effect, Stream } from "effect"
import { findAlert, findRecords, newestIn, type RecordsOfWindow } from "./find.ts"

/** The id is none that an alert can have. */
export class NotAnAlertId extends Data.TaggedError("NotAnAlertId")<{ readonly id: string }> {}
/** ALERTS does not hold it: it was never written, or it was dropped with age. */
export class NoSuchAlert extends Data.TaggedError("NoSuchAlert")<{ readonly id: string }> {}

/** Windows on each side of the alert's own. */
const neighbours = 12
/** The key is counted in these windows only where they hold no more lines and messages than can be read in a moment. */
const maxCourseLines = 300_000
const maxCourseMessages = 300_000

export interface CourseWindow {
  readonly startMs: number
  readonly endMs: number
  /** Null where nothing is known of the key. */
  readonly total: number | null
  readonly errors: number | null
  readonly record: WindowRecord
}

export interface Explanation {
  readonly alert: Alert
  readonly seq: number
  /** The record that raised the alert: the window's first one, or a revision. */
  readonly record: WindowRecord | undefined
  readonly leastErrors: number
  readonly closedBy: ClosedBy | null
  /** What was found of the lines that the alert counts, and what came late for the same pane after it was raised. */
  readonly lines: {
    readonly found: "all" | "part" | "gone" | "far"
    readonly total: number
    readonly errors: number
    /** The lines by status. */
    readonly statuses: { readonly [status: string]: number }
    readonly later: LineCounts
  }
  readonly course: { readonly from: "lines" | "records"; readonly windows: ReadonlyArray<CourseWindow> }
}

export interface ExplainOptions {
  /** More messages than this between the first and the last line are not read. */
  readonly maxMessages: number
  /** Whether the neighbouring windows are wanted. */
  readonly course: boolean
}

/**
 * Explains an alert: finds it and the record that raised it, reads the lines of its pane from LOGS and hands each one on, also those that came after
 * it was raised, and counts the key in the windows around as they are now. The page and the command both do it here.
 */
export const readExplanation = Effect.fn("readExplanation")(function* (
  id: string,
  options: ExplainOptions,
  onLine: (line: PaneLine) => void
) {
  const name = parseAlertId(id)
  if (name === undefined) return yield* new NotAnAlertId({ id })
  const found = yield* findAlert(id, name)
  if (found === undefined) return yield* new NoSuchAlert({ id })
  const { alert, seq } = found
  const logs = yield* LogsReader
  const records = yield* findRecords(name.startMs, neighbours + 1)
  const at = records.findIndex(([first]) => parseRfc3339(first.start) === name.startMs)
  const own = records[at]
  const record = own === undefined ? undefined : raisedBy(alert, own)
  const around = options.course ? records.slice(Math.max(1, at - neighbours), at + neighbours + 1) : []
  const range = "first_seq" in alert.lines ? alert.lines : undefined
  const base = {
    alert,
    seq,
    record,
    leastErrors: Math.min(leastErrors(alert.threshold, alert.total_requests), alert.errors),
    closedBy: record?.closed_by ?? null
  }
  const byRecords = {
    from: "records" as const,
    windows: around.map((of) => courseByRecord(alert, newestIn(of)))
  }
  const none = { total: 0, errors: 0, statuses: {}, later: { total: 0, errors: 0 } }
  if (own === undefined || record === undefined || range === undefined) {
    return {
      ...base,
      lines: { found: "gone" as const, ...none },
      course: byRecords
    } satisfies Explanation
  }
  const state = yield* logs.state
  const beforeCourse = records[Math.max(1, at - neighbours) - 1]
  const courseFrom = beforeCourse === undefined ? Number.POSITIVE_INFINITY : newestIn(beforeCourse).resume_seq
  const courseThrough = around.reduce((seq, of) => Math.max(seq, newestIn(of).through_seq), 0)
  const newest = newestIn(own)
  const paneThrough = newest === record ? range.last_seq : newest.through_seq
  const countCourse =
    // The first window of WINDOWS has no record before it that says where the lines of its course begin.
    around.includes(own) &&
    courseFrom >= state.firstSeq &&
    courseThrough - courseFrom <= maxCourseMessages &&
    around.reduce((lines, of) => lines + newestIn(of).total, 0) <= maxCourseLines
  if (!countCourse && paneThrough - range.first_seq > options.maxMessages) {
    return { ...base, lines: { found: "far" as const, ...none }, course: byRecords } satisfies Explanation
  }
  const windows = countCourse ? around.map((of) => decidedWindowOf(newestIn(of))) : [decidedWindowOf(newest)]
  const explainer = new Explainer(name, windows, record.rules)
  const [raised, later] = [
    { total: 0, errors: 0 },
    { total: 0, errors: 0 }
  ]
  // An object has keys that are whole numbers in their order.
  const statuses: { [status: string]: number } = {}
  const take = (line: PaneLine) => {
    const counts = line.seq <= record.through_seq ? raised : later
    counts.total++
    if (line.error) counts.errors++
    if (counts === raised) statuses[line.status] = (statuses[line.status] ?? 0) + 1
    onLine(line)
  }
  yield* logs
    .read({
      fromSeq: Math.max(state.firstSeq, countCourse ? Math.min(courseFrom, range.first_seq) : range.first_seq),
      // Nothing is waited for: what LOGS does not hold by now, it no longer holds.
      throughSeq: Math.min(state.lastSeq, countCourse ? Math.max(courseThrough, paneThrough) : paneThrough)
    })
    .pipe(
      Stream.runForEach(({ batch }) =>
        Effect.andThen(
          Effect.sync(() => explainer.read(batch, take)),
          Effect.yieldNow
        )
      )
    )
  const { total, errors } = raised
  return {
    ...base,
    lines: {
      found: total === alert.total_requests && errors === alert.errors ? "all" : total === 0 ? "gone" : "part",
      total,
      errors,
      statuses,
      later
    },
    course: countCourse
      ? {
          from: "lines" as const,
          windows: around.map((of): CourseWindow => {
            const r = newestIn(of)
            const startMs = parseRfc3339(r.start)!
            const counts = explainer.course.get(startMs)!
            return { startMs, endMs: parseRfc3339(r.end)!, ...counts, record: r }
          })
        }
      : byRecords
  } satisfies Explanation
})

/** The record that raised an alert, among those of its window. Several revisions may have come before the next window was decided. */
const raisedBy = (alert: Alert, records: RecordsOfWindow): WindowRecord | undefined => {
  const lastSeq = "last_seq" in alert.lines ? alert.lines.last_seq : 0
  return alert.decided_through === undefined
    ? records.find(({ revision }) => revision === undefined)
    : records.find(
        (r) => r.decided_through === alert.decided_through && (r.revision?.raised ?? 0) > 0 && r.through_seq >= lastSeq
      )
}

/** What a record says of the alert's key: it names only the worst ones. */
const courseByRecord = (alert: Alert, record: WindowRecord): CourseWindow => {
  const span = { startMs: parseRfc3339(record.start)!, endMs: parseRfc3339(record.end)!, record }
  const dimension = dimensionOf(alert.type)
  if (dimension === "global") return { ...span, total: record.total, errors: record.errors }
  const key = keyOf(alert)
  const own = parseRfc3339(alert.window.start) === span.startMs
  const top = record.top[dimension]?.find((t) => t.key === key)
  if (own && top === undefined) return { ...span, total: alert.total_requests, errors: alert.errors }
  return { ...span, total: top?.total ?? null, errors: top?.errors ?? null }
}
