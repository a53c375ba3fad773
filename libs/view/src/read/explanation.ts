import {
  type Alert,
  type ClosedBy,
  decidedWindowOf,
  Explainer,
  leastErrors,
  type PaneLine,
  parseAlertId,
  parseRfc3339,
  type WindowRecord
} from "@chaussettes/domain"
import { LogsReader } from "@chaussettes/jetstream"
import { Data, Effect, Stream } from "effect"
import { findAlert, findRecords } from "./find.ts"

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
  readonly record: WindowRecord | undefined
  readonly leastErrors: number
  readonly closedBy: ClosedBy | null
  readonly lines: {
    readonly found: "all" | "part" | "gone" | "far"
    readonly total: number
    readonly errors: number
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
 * Explains an alert: finds it and its record, reads the lines behind it from LOGS and hands each one on, and counts the key in the
 * windows around. The page and the command both do it here.
 */
export const readExplanation = (id: string, options: ExplainOptions, onLine: (line: PaneLine) => void) =>
  Effect.gen(function* () {
    const name = parseAlertId(id)
    if (name === undefined) return yield* new NotAnAlertId({ id })
    const found = yield* findAlert(id, name)
    if (found === undefined) return yield* new NoSuchAlert({ id })
    const { alert, seq } = found
    const logs = yield* LogsReader
    const records = yield* findRecords(name.startMs, neighbours + 1)
    const at = records.findIndex(({ record }) => parseRfc3339(record.start) === name.startMs)
    const record = records[at]?.record
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
      windows: around.map(({ record: r }) => courseByRecord(alert, r))
    }
    if (record === undefined || range === undefined) {
      return {
        ...base,
        lines: { found: "gone" as const, total: 0, errors: 0 },
        course: byRecords
      } satisfies Explanation
    }
    const state = yield* logs.state
    const courseFrom = records[Math.max(1, at - neighbours) - 1]?.record.resume_seq ?? Number.POSITIVE_INFINITY
    const courseThrough = around.at(-1)?.record.through_seq ?? 0
    const countCourse =
      around.length > 0 &&
      courseFrom >= state.firstSeq &&
      courseThrough - courseFrom <= maxCourseMessages &&
      around.reduce((lines, w) => lines + w.record.total, 0) <= maxCourseLines
    if (!countCourse && range.last_seq - range.first_seq > options.maxMessages) {
      return { ...base, lines: { found: "far" as const, total: 0, errors: 0 }, course: byRecords } satisfies Explanation
    }
    const windows = countCourse ? around.map((w) => decidedWindowOf(w.record)) : [decidedWindowOf(record)]
    const explainer = new Explainer(name, windows, record.rules)
    yield* logs
      .read({
        fromSeq: Math.max(state.firstSeq, countCourse ? Math.min(courseFrom, range.first_seq) : range.first_seq),
        // Nothing is waited for: what LOGS does not hold by now, it no longer holds.
        throughSeq: Math.min(state.lastSeq, countCourse ? Math.max(courseThrough, range.last_seq) : range.last_seq)
      })
      .pipe(
        Stream.runForEach(({ batch }) =>
          Effect.andThen(
            Effect.sync(() => explainer.read(batch, onLine)),
            Effect.yieldNow
          )
        )
      )
    const { total, errors } = explainer.counts
    return {
      ...base,
      lines: {
        found: total === alert.total_requests && errors === alert.errors ? "all" : total === 0 ? "gone" : "part",
        total,
        errors
      },
      course: countCourse
        ? {
            from: "lines" as const,
            windows: around.map(({ record: r }): CourseWindow => {
              const startMs = parseRfc3339(r.start)!
              const counts = explainer.course.get(startMs)!
              return { startMs, endMs: parseRfc3339(r.end)!, ...counts, record: r }
            })
          }
        : byRecords
    } satisfies Explanation
  })

/** What a record says of the alert's key: it names only the worst ones. */
const courseByRecord = (alert: Alert, record: WindowRecord): CourseWindow => {
  const span = { startMs: parseRfc3339(record.start)!, endMs: parseRfc3339(record.end)!, record }
  if (alert.type === "GLOBAL_ERROR_RATE") return { ...span, total: record.total, errors: record.errors }
  const key = alert.ip ?? alert.url ?? ""
  const own = parseRfc3339(alert.window.start) === span.startMs
  if (own) return { ...span, total: alert.total_requests, errors: alert.errors }
  const top = record.top[alert.ip === undefined ? "url" : "ip"].find((t) => t.key === key)
  return { ...span, total: top?.total ?? null, errors: top?.errors ?? null }
}
