import { randomInt } from "node:crypto"
import {
  type Auditor,
  alertSubject,
  Detection,
  decide,
  type OpenWindow,
  type OpenWindows,
  parseRfc3339,
  type SinceLast,
  type WindowRecord
} from "@chaussettes/domain"
import { AlertMatcher } from "./alert-matcher.ts"
import type { AuditAnswer, AuditOptions, AuditRequest, Findings } from "./audits.ts"
import { compareRecord } from "./compare-record.ts"
import { Differences } from "./differences.ts"
import type { StoredRecord } from "./record.ts"
import { RecordQueue, type WaitingRecord } from "./record-queue.ts"
import { lateBySource, nothing, sumOf } from "./since-last.ts"
import { textsOf } from "./texts.ts"
import { tellLost, type Unrecorded } from "./windows-between.ts"

/** What the records that were judged so far say of the next one. */
interface Chain {
  readonly throughSeq: number
  readonly resumeSeq: number
  readonly decidedThroughMs: number
}

/** The next record to be judged, by where and how far it decides. */
interface Next extends WaitingRecord {
  readonly throughSeq: number
  readonly decidedThroughMs: number
}

const atTheBeginning: Chain = { throughSeq: 0, resumeSeq: 1, decidedThroughMs: Number.NEGATIVE_INFINITY }

/**
 * Derives records and alerts again and compares. A record says `through_seq`, so its window holds the lines of its span in the messages
 * up to there, whatever decided it the first time: watermark, silence or a limit. So the detection folds LOGS once more, the records
 * decide, each by its own seuils and rules, and what comes out must be what is stored.
 *
 * Records of other rules than those before were made by a detector that was started anew with them. It began where this does then:
 * LOGS is read again from where the record before says that the open windows begin.
 */
export class AuditSteps implements Auditor {
  readonly #options: AuditOptions
  readonly #differences: Differences
  readonly #records: RecordQueue
  readonly #alerts: AlertMatcher
  #chain: Chain
  #next: Next | undefined
  #detection: Detection | undefined
  #rulesKey = ""
  #reading = 0
  #fromSeq = 0
  #firstSeq = 0
  #lines = 0
  #missingMessages = 0
  #span: Findings["span"]
  #undecided = { windows: 0, lines: 0 }
  /** Counted since the last record that was judged. */
  #since = nothing

  constructor(options: AuditOptions) {
    this.#options = options
    this.#differences = new Differences(options.examples)
    this.#records = new RecordQueue(options.firstRecordSeq, this.#differences)
    const before = options.before
    this.#chain = before === undefined ? atTheBeginning : chainOf(before.record, options.logs.created)
    this.#alerts = new AlertMatcher(this.#differences, this.#chain.decidedThroughMs)
  }

  take(request: AuditRequest): AuditAnswer {
    switch (request.kind) {
      case "records":
        if (request.records === undefined) this.#records.ended = true
        else this.#records.push(request.records)
        this.#advance()
        break
      case "batch":
        if (request.reading === this.#reading) this.#detection!.ingest(request.batch)
        break
      case "logs ended":
        // What a record counts behind the end of LOGS cannot be there: it is judged by what is.
        if (request.reading === this.#reading) this.#detection!.endOfLogs()
        break
      case "alerts":
        this.#alerts.store(textsOf(request.alerts))
        break
      case "finish":
        return { ...this.#answer(), findings: this.#finish(request.windowsLastSeq, request.hasNewer) }
    }
    this.#begin()
    this.#alerts.run()
    return this.#answer()
  }

  get throughSeq(): number {
    // Records of other rules are another detection's.
    return this.#next === undefined || this.#next.stored.rulesKey !== this.#rulesKey
      ? Number.POSITIVE_INFINITY
      : this.#next.throughSeq
  }

  decide(windows: OpenWindows, since: SinceLast): number {
    const next = this.#next!
    this.#since = sumOf(this.#since, since)
    const window = windows.get(next.stored.startMs)
    if (window === undefined) this.#skip("LOGS has no line of it up to its through_seq")
    else this.#judge(next, window, windows)
    return this.#chain.decidedThroughMs
  }

  /** Compares a record, and decides its window and all before it. */
  #judge(next: Next, window: OpenWindow, windows: OpenWindows): void {
    const { stored, throughSeq, decidedThroughMs } = next
    const taken = windows.takeBefore(decidedThroughMs)
    const unrecorded =
      taken.length === 1 ? [] : taken.filter((other) => other !== window).map((other) => this.#unrecorded(other))
    const sinceLast = this.#accountFor(next, unrecorded)
    const { record, alerts } = decide(window, stored.record.seuils, stored.record.rules, "logs", {
      throughSeq,
      resumeSeq: Math.min(windows.firstSeq(), throughSeq + 1),
      logsCreated: this.#options.logs.created,
      decidedThroughMs,
      closedBy: stored.record.closed_by,
      sinceLast
    })
    this.#differences.count("window", compareRecord(stored, record, this.#differences) ? "same" : "different")
    this.#alerts.expect(
      stored.startMs,
      alerts.map((alert) => ({ id: alert.id, subject: alertSubject(alert), data: JSON.stringify(alert) }))
    )
    this.#lines += window.total
    this.#span = { from: this.#span?.from ?? record.start, to: record.end }
    this.#chain = { throughSeq, resumeSeq: record.resume_seq, decidedThroughMs }
    for (const done of taken) windows.release(done)
    this.#records.shift()
    this.#advance()
    if (this.#records.isEmpty) this.#undecided = { windows: windows.size, lines: windows.lines() }
  }

  #unrecorded(window: OpenWindow): Unrecorded {
    return {
      startMs: window.startMs,
      total: window.total,
      certain: window.firstSeq <= this.#chain.throughSeq
    }
  }

  /** Tells the windows that have lines and no record, and what the record had to count of lines that came into no window. */
  #accountFor(next: Next, unrecorded: ReadonlyArray<Unrecorded>): SinceLast {
    const { stored, unreadable } = next
    const since = this.#since
    this.#since = nothing
    const isPlain = since.late === 0 && since.gap === 0 && unrecorded.length === 0
    if (isPlain && next.missing.count === 0 && unreadable === 0) return since
    const count = this.#chain === atTheBeginning ? Math.min(next.missing.count, unrecorded.length) : next.missing.count
    const uncertain = unrecorded.reduce((sum, { certain, total }) => sum + (certain ? 0 : total), 0)
    const late = since.late + uncertain
    const unaccountedLines = late - stored.record.since_last.late
    const lost = tellLost(
      { missing: { ...next.missing, count }, unreadable, unrecorded, unaccountedLines },
      this.#differences
    )
    if (lost > 0 || count > 0 || unreadable > 0) {
      // What the record before would have counted is not known, and neither is by what its alerts were judged.
      this.#alerts.leaveOut(this.#chain.decidedThroughMs, stored.startMs)
      return stored.record.since_last
    }
    this.#missingMessages += Math.max(0, since.gap - stored.record.since_last.gap)
    return { ...since, late, late_by_source: lateBySource(stored.record.since_last, since, late, uncertain === 0) }
  }

  /** The record at the front belongs to nothing that LOGS gives. */
  #skip(why: string): void {
    const { record, seq } = this.#records.front!.stored
    this.#differences.add({ of: "window", kind: "extra", window: record.start, seq, why })
    this.#records.drop()
    this.#advance()
  }

  /** Finds the next record that can be judged. */
  #advance(): void {
    this.#next = undefined
    for (;;) {
      const front = this.#records.front
      if (front === undefined) return
      if (front.stored.startMs >= this.#chain.decidedThroughMs) {
        const { stored, missing, unreadable } = front
        const { throughSeq, decidedThroughMs } = this.#bounds(stored)
        this.#next = { stored, missing, unreadable, throughSeq, decidedThroughMs }
        return
      }
      const { record, seq } = front.stored
      const why = "its window was decided by an earlier record"
      this.#differences.add({ of: "window", kind: "extra", window: record.start, seq, why })
      this.#records.drop()
    }
  }

  /** Where and how far a record decides: what it says, as far as its neighbours allow it; the rest shows as a difference. */
  #bounds(stored: StoredRecord): Pick<Next, "throughSeq" | "decidedThroughMs"> {
    let throughSeq = stored.record.through_seq
    let decidedThroughMs = Math.max(stored.decidedThroughMs, stored.endMs)
    const second = this.#records.second
    if (second !== undefined && second.startMs >= stored.endMs) {
      if (second.record.through_seq >= this.#chain.throughSeq) {
        throughSeq = Math.min(throughSeq, second.record.through_seq)
      }
      if (second.startMs < decidedThroughMs) decidedThroughMs = stored.endMs
    }
    throughSeq = Math.min(Math.max(throughSeq, this.#chain.throughSeq), this.#options.logs.lastSeq)
    return { throughSeq, decidedThroughMs }
  }

  /** A detection that begins where the one that made the next record began. */
  #begin(): void {
    const next = this.#next
    if (next === undefined || next.stored.rulesKey === this.#rulesKey) return
    const chain = this.#chain
    this.#rulesKey = next.stored.rulesKey
    this.#reading++
    this.#fromSeq = chain.resumeSeq
    if (this.#reading === 1) this.#firstSeq = chain.resumeSeq
    this.#detection = new Detection(next.stored.settings, next.stored.record.seuils, {
      origin: "logs",
      hashSeed: randomInt(2 ** 31),
      auditor: this,
      start: {
        decidedThroughMs: chain.decidedThroughMs,
        clockMs: Number.NEGATIVE_INFINITY,
        sources: [],
        countedThroughSeq: chain.throughSeq,
        readThroughSeq: chain.resumeSeq - 1,
        known: []
      }
    })
  }

  #answer(): AuditAnswer {
    return {
      reading: this.#reading,
      fromSeq: this.#fromSeq,
      coveredSeq: this.#records.coveredSeq,
      done: this.#records.isEmpty,
      alertsShort: this.#alerts.short
    }
  }

  #finish(windowsLastSeq: number, hasNewer: boolean): Findings {
    this.#records.missedBefore(windowsLastSeq + 1)
    const { missing, unreadable } = this.#records.behind
    tellLost({ missing, unreadable: 0, unrecorded: [], unaccountedLines: 0 }, this.#differences)
    const isOpen = hasNewer || missing.count + unreadable > 0
    this.#alerts.finish(isOpen ? this.#chain.decidedThroughMs : Number.POSITIVE_INFINITY)
    return {
      windows: this.#differences.windows,
      alerts: this.#differences.alerts,
      lines: this.#lines,
      span: this.#span,
      logs: {
        fromSeq: this.#firstSeq,
        throughSeq: this.#chain.throughSeq,
        missingMessages: this.#missingMessages
      },
      restarts: Math.max(0, this.#reading - 1),
      undecided: this.#undecided,
      differences: this.#differences.examples
    }
  }
}

/** Sequences of another LOGS mean nothing in this one; what was decided stays decided. */
const chainOf = (record: WindowRecord, logsCreated: string): Chain => {
  const decidedThroughMs = parseRfc3339(record.decided_through)!
  return record.logs_created === logsCreated
    ? { throughSeq: record.through_seq, resumeSeq: record.resume_seq, decidedThroughMs }
    : { ...atTheBeginning, decidedThroughMs }
}
