import { randomInt } from "node:crypto"
import {
  alertSubject,
  countedBy,
  DecidedIncidents,
  type Decider,
  Detection,
  decideAmong,
  defaultSettings,
  firstModelInForce,
  type LogBatch,
  type OpenWindow,
  type OpenWindows,
  parseRfc3339,
  type RecordIncidents,
  type SinceLast,
  type WindowRecord
} from "@chaussettes/domain"
import { logsStream } from "@chaussettes/jetstream/topology"
import { AlertMatcher } from "./alert-matcher.ts"
import { lateBySource, nothing, sumOf, tellLost, type Unrecorded } from "./between-records.ts"
import { atTheBeginning, type Bounds, boundsOf, type Chain, chainOf, countsOn, whyNotNext } from "./chain.ts"
import { compareRecord, Differences } from "./differences.ts"
import type { AuditAnswer, AuditOptions, Findings } from "./findings.ts"
import { IncidentMatcher } from "./incident-matcher.ts"
import { knownModels } from "./known-models.ts"
import { RecordQueue, type WaitingRecord } from "./record-queue.ts"
import { textsOf } from "./stored.ts"

/** The next record to be judged, and where and how far it decides. */
interface Next extends WaitingRecord, Bounds {}

/**
 * Derives records and alerts again and compares. A record says `through_seq`, so its window holds the lines of its span in the messages
 * up to there, whatever decided it the first time: watermark, silence or a limit. So the detection folds LOGS once more, the records
 * decide, each by its own thresholds and rules, and what comes out must be what is stored. A revision is a record of a window that was decided
 * before; `late_before` says which windows still take lines.
 *
 * Records of other rules than those before were made by a detector that was started anew with them. It began where this does then:
 * LOGS is read again from where the record before says that the open windows begin.
 */
export class AuditSteps implements Decider {
  /** Nothing but records decides here, to the end. */
  readonly isLeft = true
  readonly #options: AuditOptions
  readonly #differences: Differences
  readonly #records: RecordQueue
  readonly #alerts: AlertMatcher
  readonly #incidents: DecidedIncidents
  readonly #incidentMatcher: IncidentMatcher
  /** The same for all detections: what is known of incidents goes on from one to the next. */
  readonly #hashSeed = randomInt(2 ** 31)
  #windowMs = defaultSettings.windowMs
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
  /** Windows that begin before were decided before the reading that goes on: which alerts they had raised is not known to it. */
  #firstMs: number
  /** Windows of which a record is gone. */
  readonly #unknown = new Set<number>()

  constructor(options: AuditOptions) {
    this.#options = options
    this.#differences = new Differences(options.examples)
    this.#records = new RecordQueue(options.firstRecordSeq, this.#differences)
    const before = options.before
    this.#chain = before === undefined ? atTheBeginning : chainOf(before.record, options.logs.created)
    this.#firstMs = this.#chain.decidedThroughMs
    this.#alerts = new AlertMatcher(this.#differences, this.#firstMs)
    this.#incidentMatcher = new IncidentMatcher(this.#differences, options.silences)
    const modelOf = knownModels(options.models)
    this.#incidents = new DecidedIncidents(firstModelInForce(this.#windowMs), (digest) =>
      modelOf(digest, this.#windowMs)
    )
  }

  /** Messages of WINDOWS; undefined when it has ended. */
  records(records: LogBatch | undefined): AuditAnswer {
    if (records === undefined) this.#records.ended = true
    else this.#records.push(records)
    this.#advance()
    return this.#goOn()
  }

  /** Messages of LOGS. */
  batch({ reading, batch }: { readonly reading: number; readonly batch: LogBatch }): AuditAnswer {
    if (reading === this.#reading) this.#detection!.ingest(batch)
    return this.#goOn()
  }

  /** LOGS has ended. What a record counts behind that cannot be there: it is judged by what is. */
  logsEnded(reading: number): AuditAnswer {
    if (reading === this.#reading) this.#detection!.endOfLogs()
    return this.#goOn()
  }

  /** Messages of ALERTS. */
  alerts(alerts: LogBatch): AuditAnswer {
    this.#alerts.store(textsOf(alerts))
    return this.#goOn()
  }

  /** Messages of INCIDENTS. */
  incidents(incidents: LogBatch): AuditAnswer {
    this.#incidentMatcher.store(textsOf(incidents))
    return this.#goOn()
  }

  /** All is given; WINDOWS held messages up to `windowsLastSeq` when the records were read, and has more now if `hasNewer`. */
  finish({ windowsLastSeq, hasNewer }: { readonly windowsLastSeq: number; readonly hasNewer: boolean }): AuditAnswer {
    this.#records.missedBefore(windowsLastSeq + 1)
    const { missing, unreadable } = this.#records.behind
    tellLost(
      { missing, unreadable: 0, unrecorded: [], unaccountedLines: 0, revisedMs: 0, lostRevisions: 0 },
      this.#differences
    )
    const isOpen = hasNewer || missing.count + unreadable > 0
    this.#alerts.finish(isOpen ? this.#chain.lateBeforeMs : Number.POSITIVE_INFINITY)
    this.#incidentMatcher.finish(isOpen)
    const findings: Findings = {
      windows: this.#differences.windows,
      alerts: this.#differences.alerts,
      incidents: this.#differences.incidents,
      unverifiableIncidents: this.#incidentMatcher.unverifiable,
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
    return { findings, ...this.#answer() }
  }

  get throughSeq(): number {
    // Records of other rules are another detection's.
    return this.#next === undefined || this.#next.stored.rulesKey !== this.#rulesKey
      ? Number.POSITIVE_INFINITY
      : this.#next.throughSeq
  }

  decideNext(windows: OpenWindows, takeSince: () => SinceLast): undefined {
    const next = this.#next!
    this.#since = sumOf(this.#since, takeSince())
    const window = windows.get(next.stored.startMs)
    if (window === undefined) this.#skip(`${logsStream} has no line of it up to its through_seq`)
    else if (next.stored.record.revision !== undefined && this.#isUnchanged(window)) {
      this.#skip(`${logsStream} has no line that came late for it`)
    } else this.#judge(next, window, windows)
  }

  /** Whether all records of a window so far were derived again: then it is known what it has raised and what a revision adds. */
  #knows({ startMs }: OpenWindow): boolean {
    return startMs >= this.#firstMs && !this.#unknown.has(startMs)
  }

  /** Whether all that a decided window holds stands in its records. */
  #isUnchanged(window: OpenWindow): boolean {
    return this.#knows(window) && window.retained !== undefined && window.retained.added === undefined
  }

  /** Compares a record, and decides its window, and all before it where it is the window's first. */
  #judge(next: Next, window: OpenWindow, windows: OpenWindows): void {
    const { stored, throughSeq, decidedThroughMs, lateBeforeMs } = next
    const { seuils: thresholds, rules, revision, closed_by: closedBy, learnt, incidents: incidentsBy } = stored.record
    const taken = windows.decideBefore(decidedThroughMs)
    const unrecorded = [
      // Of a revision also its own window, where that was not decided: its first record is gone.
      ...taken.filter((other) => other !== window || revision !== undefined).map((other) => this.#unrecorded(other)),
      ...windows
        .changed()
        .filter((other) => other !== window && other.startMs < lateBeforeMs)
        .map(unrevised)
    ]
    const retained = window.retained!
    const lostRevisions = revision === undefined || !this.#knows(window) ? 0 : revision.number - 1 - retained.revisions
    const sinceLast = this.#accountFor(next, unrecorded, Math.max(0, lostRevisions))
    if (lostRevisions > 0) this.#unknown.add(window.startMs)
    const isKnown = this.#knows(window)
    if (revision !== undefined && !isKnown) {
      retained.revisions = revision.number - 1
      const { total, errors, first_seq: firstSeq, last_seq: lastSeq } = revision.added
      retained.added = { total, errors, firstSeq, lastSeq }
      this.#alerts.leaveOut(stored.startMs, stored.endMs)
    }
    const added = retained.added?.total ?? window.total
    const by = { thresholds, rules, origin: "logs" } as const
    const { record, alerts } = decideAmong(windows, window, by, {
      throughSeq,
      logsCreated: this.#options.logs.created,
      lateBeforeMs,
      closedBy,
      incidents: incidentsBy,
      sinceLast,
      ...(learnt === undefined ? {} : { learnt })
    })
    const derived = isKnown || revision === undefined ? record : withAlertsOf(record, stored.record)
    this.#differences.count("window", compareRecord(stored, derived, this.#differences) ? "same" : "different")
    if (isKnown) {
      this.#alerts.expect(
        stored.startMs,
        alerts.map((alert) => ({ id: alert.id, subject: alertSubject(alert), data: JSON.stringify(alert) }))
      )
    }
    // Of a window without a record it is not known what it held when it was decided, so nothing is of the incidents behind it.
    if (taken.some((other) => other !== window || revision !== undefined)) this.#incidents.lost()
    if (revision === undefined) this.#judgeIncidents(window, incidentsBy)
    this.#lines += added
    this.#span = spanOf(this.#span, record)
    this.#chain = { throughSeq, resumeSeq: record.resume_seq, decidedThroughMs, lateBeforeMs, record }
    windows.closeBefore(lateBeforeMs)
    this.#records.shift()
    this.#advance()
    if (this.#records.isEmpty) this.#undecided = { windows: windows.size, lines: windows.lines() }
  }

  #judgeIncidents(window: OpenWindow, by: RecordIncidents | undefined): void {
    this.#windowMs = window.endMs - window.startMs
    this.#incidents.decided(window, by)
    this.#incidentMatcher.judged(window.endMs, this.#incidents.take(), !this.#incidents.isLost)
    for (const silence of this.#incidentMatcher.silencesBehind(window.endMs)) {
      this.#incidents.silent(parseRfc3339(silence.event.timestamp)!)
      this.#incidentMatcher.judgedSilence(silence, this.#incidents.take()[0])
    }
  }

  #unrecorded(window: OpenWindow): Unrecorded {
    return {
      startMs: window.startMs,
      total: window.total,
      certain: window.firstSeq <= this.#chain.throughSeq
    }
  }

  /** Tells the windows that have lines and no record, and what the record had to count of lines that came into no window. */
  #accountFor(next: Next, unrecorded: ReadonlyArray<Unrecorded>, lostRevisions: number): SinceLast {
    const { stored, unreadable } = next
    const since = this.#since
    this.#since = nothing
    const isPlain = since.late === 0 && since.gap === 0 && unrecorded.length === 0 && lostRevisions === 0
    if (isPlain && next.missing.count === 0 && unreadable === 0) return since
    const count = this.#chain === atTheBeginning ? Math.min(next.missing.count, unrecorded.length) : next.missing.count
    const uncertain = unrecorded.reduce((sum, { certain, total }) => sum + (certain ? 0 : total), 0)
    const late = since.late + uncertain
    const unaccountedLines = late - stored.record.since_last.late
    const lost = tellLost(
      {
        missing: { ...next.missing, count },
        unreadable,
        unrecorded,
        unaccountedLines,
        revisedMs: stored.startMs,
        lostRevisions
      },
      this.#differences
    )
    if (lost > 0 || count > 0 || unreadable > 0 || lostRevisions > 0) {
      // What the record before would have counted is not known, and neither is by what its alerts were judged.
      this.#alerts.leaveOut(this.#chain.lateBeforeMs, Math.max(stored.startMs, this.#chain.decidedThroughMs))
      for (const { startMs } of unrecorded) this.#unknown.add(startMs)
      return stored.record.since_last
    }
    const missing = Math.max(0, since.gap - stored.record.since_last.gap)
    if (missing > 0) this.#incidents.lost()
    this.#missingMessages += missing
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
      const { stored, missing, unreadable } = front
      const why = whyNotNext(this.#chain, stored)
      if (why === undefined) {
        this.#next = {
          stored,
          missing,
          unreadable,
          ...boundsOf(this.#chain, stored, this.#records.second, this.#options.logs.lastSeq)
        }
        return
      }
      const { record, seq } = stored
      this.#differences.add({ of: "window", kind: "extra", window: record.start, seq, why })
      this.#records.drop()
    }
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
    this.#firstMs = chain.decidedThroughMs
    this.#detection = new Detection(next.stored.settings, next.stored.record.seuils, {
      origin: "logs",
      hashSeed: this.#hashSeed,
      decider: this,
      // For what it keeps of the windows; it is asked to judge them here.
      watcher: this.#incidents,
      start: {
        decidedThroughMs: chain.decidedThroughMs,
        // A detector that began to count otherwise closed what was decided.
        lateBeforeMs: countsOn(chain, next.stored) ? chain.lateBeforeMs : chain.decidedThroughMs,
        ...(chain.record === undefined ? {} : { countedBy: countedBy(chain.record) }),
        settledThroughSeq: chain.throughSeq,
        clockMs: Number.NEGATIVE_INFINITY,
        countedThroughSeq: chain.throughSeq,
        readThroughSeq: chain.resumeSeq - 1,
        known: []
      }
    })
  }

  #goOn(): AuditAnswer {
    this.#begin()
    this.#alerts.run()
    this.#incidentMatcher.run()
    return this.#answer()
  }

  #answer(): AuditAnswer {
    const { later } = this.#differences
    return {
      ...(later === undefined ? {} : { later }),
      reading: this.#reading,
      fromSeq: this.#fromSeq,
      coveredSeq: this.#records.coveredSeq,
      done: this.#records.isEmpty,
      alertsShort: this.#alerts.short,
      incidentsShort: this.#incidentMatcher.short
    }
  }
}

/** A window that takes no line any more and has lines in no revision: they were counted as late, or the revision is gone. */
const unrevised = ({ startMs, retained }: OpenWindow): Unrecorded => ({
  startMs,
  total: retained!.added!.total,
  certain: false
})

/** A revision of a window of which a record is not known: which of its breaches had an alert is what the revision says. */
const withAlertsOf = (derived: WindowRecord, { suppressed, revision }: WindowRecord): WindowRecord => ({
  ...derived,
  suppressed,
  revision: { ...derived.revision!, raised: revision!.raised }
})

/** The span of windows that were gone through. */
const spanOf = (before: Findings["span"], { start, end, revision }: WindowRecord): Findings["span"] => {
  if (before === undefined) return { from: start, to: end }
  return revision === undefined ? { from: before.from, to: end } : before
}
