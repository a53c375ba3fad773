import { type LogBatch, memoryOfBatch } from "@chaussettes/domain"
import { decodeIncident } from "@chaussettes/domain/wire"
import {
  AlertsLog,
  type Incidents,
  IncidentsLog,
  IncidentsStore,
  LogsReader,
  type StoreError,
  type Unreadable,
  type VersionedLog,
  WindowsLog
} from "@chaussettes/jetstream"
import type { OffloadFailed } from "@chaussettes/service/offload"
import { Effect, Fiber, Option, Pull, Ref, Result, type Scope, Semaphore, Stream } from "effect"
import { type Audit, Audits } from "./audits.ts"
import { areClean } from "./differences.ts"
import type { AuditAnswer, Findings, StoredSilence } from "./findings.ts"
import { makePlan, type Plan, type PlannedSpan, refusalOf, type Wanted } from "./plan.ts"

export interface VerifyOptions extends Wanted {
  /** How many differences are named. */
  readonly examples: number
  /** How long alerts of the newest windows are waited for, since the detector stores records first. */
  readonly patienceMs: number
  /** Told how far the reading of LOGS is, in messages. */
  readonly onProgress: (doneMessages: number, totalMessages: number) => void
}

/** What a verification comes to; `findings` are undefined where no record could be derived again. */
export interface Verification {
  readonly plan: Plan
  readonly findings: Findings | undefined
}

export type VerifyError = StoreError | Unreadable | OffloadFailed

/** How often it begins again when LOGS lost its first messages to its limits while they were read. */
const mostTries = 5

/** Derives windows, alerts and incidents again from LOGS and compares them with what WINDOWS, ALERTS and INCIDENTS hold. */
export const verifyLogs = (
  options: VerifyOptions
): Effect.Effect<
  Verification,
  VerifyError,
  LogsReader | WindowsLog | AlertsLog | Incidents | IncidentsLog | IncidentsStore | Audits
> => {
  const from = (leastLogsSeq: number, tries: number): ReturnType<typeof verifyLogs> =>
    Effect.gen(function* () {
      const verification = yield* Effect.scoped(once(options, leastLogsSeq))
      const { plan, findings } = verification
      if (findings === undefined || areClean(findings)) return verification
      const now = yield* (yield* LogsReader).state
      const trimmed = now.firstSeq - plan.logs.firstSeq
      // What was dropped meanwhile may be all that is missing: again, at a distance that it does not reach so soon.
      if (now.created !== plan.logs.created || trimmed <= 0 || tries >= mostTries) return verification
      return yield* from(now.firstSeq + trimmed, tries + 1)
    })
  return from(1, 1)
}

const once = (options: VerifyOptions, leastLogsSeq: number) =>
  Effect.gen(function* () {
    const plan = yield* makePlan(options, leastLogsSeq)
    const findings = plan.span === undefined ? undefined : yield* auditSpan(plan, plan.span, options)
    return { plan, findings } satisfies Verification
  })

const auditSpan = (plan: Plan, span: PlannedSpan, options: VerifyOptions) =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    const { ahead, open } = yield* Audits
    const audit = yield* open({
      before: span.before,
      firstRecordSeq: span.firstRecordSeq,
      logs: plan.logs,
      silences: yield* silencesFrom(span.firstIncidentSeq),
      models: (yield* (yield* IncidentsStore).history("model")).map(({ revision, text }) => ({ revision, text })),
      examples: options.examples
    })
    const records = yield* recordsFeed(audit, span)
    const alerts = yield* feed({
      log: yield* AlertsLog,
      firstSeq: span.firstAlertSeq,
      endSeq: span.endAlertSeq,
      ask: (batch) => audit.ask("alerts", batch, memoryOfBatch(batch)),
      isShort: ({ alertsShort }) => alertsShort
    })
    const incidents = yield* feed({
      log: yield* IncidentsLog,
      firstSeq: span.firstIncidentSeq,
      endSeq: Number.POSITIVE_INFINITY,
      ask: (batch) => audit.ask("incidents", batch, memoryOfBatch(batch)),
      isShort: ({ incidentsShort }) => incidentsShort
    })
    const untilEnough = (answer: AuditAnswer) => Effect.flatMap(alerts.untilEnough(answer), incidents.untilEnough)

    let answer = yield* records.next
    while (!answer.done) {
      // The first record tells from where LOGS is read, and by which rules; later ones may change both.
      if (answer.reading === 0) answer = yield* records.next
      else answer = yield* readLogs(audit, answer, records, untilEnough, ahead, plan, options)
    }
    answer = yield* Effect.flatMap(alerts.rest(answer), incidents.rest)
    if (answer.alertsShort) answer = yield* alerts.late(answer, options.patienceMs)
    if (answer.incidentsShort) answer = yield* incidents.late(answer, options.patienceMs)
    const hasNewer = span.endAlertSeq !== Number.POSITIVE_INFINITY || (yield* windows.lastSeq) > span.lastRecordSeq
    const finished = yield* answerTo(audit.ask("finish", { windowsLastSeq: span.lastRecordSeq, hasNewer }))
    return finished.findings!
  })

/** So many silences of a span are verified. */
const mostSilences = 10_000

/** The silences that were told before their windows were decided: they are derived as soon as the window is that they stand behind. */
const silencesFrom = (firstSeq: number) =>
  Effect.gen(function* () {
    const incidents = yield* IncidentsLog
    return yield* incidents.readFrom(firstSeq).pipe(
      Stream.filter(({ data }) => data.includes('"silent_from"')),
      Stream.take(mostSilences),
      Stream.runCollect,
      Effect.map((entries) =>
        entries.flatMap(({ seq, subject, data }): ReadonlyArray<StoredSilence> => {
          const read = decodeIncident(data)
          return Result.isSuccess(read) && read.success.silent_from !== undefined
            ? [{ seq, subject, data, event: read.success }]
            : []
        })
      )
    )
  })

/** Nothing can be said of what a later version has written, nor of what is behind it. */
const answerTo = (answered: Effect.Effect<AuditAnswer, OffloadFailed>): Effect.Effect<AuditAnswer, VerifyError> =>
  Effect.flatMap(answered, (answer) =>
    answer.later === undefined ? Effect.succeed(answer) : Effect.fail(refusalOf(answer.later))
  )

/** Batches of a stream on demand; undefined at its end. */
const batches = <E>(stream: Stream.Stream<LogBatch, E>) =>
  Effect.map(Stream.toPull(Stream.rechunk(stream, 1)), (pull) =>
    Pull.catchDone(
      Effect.map(pull, ([batch]): LogBatch | undefined => batch),
      () => Effect.succeed(undefined)
    )
  )

interface RecordsFeed {
  /** Hands the next records over. */
  readonly next: Effect.Effect<AuditAnswer, VerifyError>
}

const recordsFeed = (audit: Audit, span: PlannedSpan) =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    const pull = yield* batches(windows.readPacked(span.firstRecordSeq, span.lastRecordSeq))
    const ended = yield* Ref.make(false)
    const next = Effect.gen(function* () {
      const records = (yield* Ref.get(ended)) ? undefined : yield* pull
      if (records === undefined) yield* Ref.set(ended, true)
      return yield* answerTo(audit.ask("records", records, records && memoryOfBatch(records)))
    })
    // Whoever waits for a piece may be interrupted; the piece arrives all the same, and the next one behind it.
    const inOrder = Semaphore.withPermits(yield* Semaphore.make(1), 1)
    const scope = yield* Effect.scope
    return { next: Effect.flatMap(Effect.forkIn(inOrder(next), scope), Fiber.join) } satisfies RecordsFeed
  })

/** A stream of what records give, handed over piece by piece. */
interface Feed {
  /** Hands messages over for as long as derived ones wait for them. */
  readonly untilEnough: (answer: AuditAnswer) => Effect.Effect<AuditAnswer, VerifyError>
  readonly rest: (answer: AuditAnswer) => Effect.Effect<AuditAnswer, VerifyError>
  /** Messages that were stored since, for as long as derived ones wait for them and patience lasts. */
  readonly late: (answer: AuditAnswer, patienceMs: number) => Effect.Effect<AuditAnswer, VerifyError>
}

interface FeedOptions {
  readonly log: VersionedLog
  readonly firstSeq: number
  readonly endSeq: number
  readonly ask: (batch: LogBatch) => Effect.Effect<AuditAnswer, OffloadFailed>
  readonly isShort: (answer: AuditAnswer) => boolean
}

/** A stream is looked at again after so long when messages of the newest windows are missing. */
const pauseMs = 200

const feed = ({ log, firstSeq, endSeq, ask, isShort }: FeedOptions) =>
  Effect.gen(function* () {
    const ended = yield* Ref.make(false)
    const lastSeq = yield* Ref.make(firstSeq - 1)
    const from = (seq: number) => log.readPacked(seq, endSeq - 1)
    const hand = (batch: LogBatch) =>
      Effect.andThen(
        Ref.set(lastSeq, batch.seqs[batch.messages - 1]!),
        Effect.suspend(() => answerTo(ask(batch)))
      )
    const pull = yield* batches(from(firstSeq))
    const whileWanted = (answer: AuditAnswer, isWanted: (answer: AuditAnswer) => boolean) =>
      Effect.gen(function* () {
        let now = answer
        while (isWanted(now) && !(yield* Ref.get(ended))) {
          const batch = yield* pull
          if (batch === undefined) yield* Ref.set(ended, true)
          else now = yield* hand(batch)
        }
        return now
      })
    const late = (answer: AuditAnswer, patienceMs: number) =>
      Effect.gen(function* () {
        let now = answer
        for (let waitedMs = 0; ; waitedMs += pauseMs) {
          for (const batch of yield* Stream.runCollect(from((yield* Ref.get(lastSeq)) + 1))) now = yield* hand(batch)
          if (!isShort(now) || waitedMs >= patienceMs) return now
          yield* Effect.sleep(pauseMs)
        }
      })
    return {
      untilEnough: (answer) => whileWanted(answer, isShort),
      rest: (answer) => whileWanted(answer, () => true),
      late
    } satisfies Feed
  })

/** Reads LOGS for as long as the audit wants this reading; several batches are under way. */
const readLogs = (
  audit: Audit,
  wanted: AuditAnswer,
  records: RecordsFeed,
  untilEnough: Feed["untilEnough"],
  ahead: number,
  { logs }: Plan,
  { onProgress }: VerifyOptions
): Effect.Effect<AuditAnswer, VerifyError, LogsReader | Scope.Scope> =>
  Effect.gen(function* () {
    const reader = yield* LogsReader
    const { reading, fromSeq } = wanted
    const isWanted = (answer: AuditAnswer) => !answer.done && answer.reading === reading
    let { coveredSeq } = wanted
    const last = yield* reader.read({ fromSeq, throughSeq: logs.lastSeq }).pipe(
      Stream.filter(({ batch }) => batch.messages > 0),
      Stream.mapEffect(({ batch }) =>
        Effect.gen(function* () {
          const lastSeq = batch.seqs[batch.messages - 1]!
          while (coveredSeq < lastSeq) coveredSeq = (yield* records.next).coveredSeq
          return { lastSeq, answered: yield* audit.begin("batch", { reading, batch }, memoryOfBatch(batch)) }
        })
      ),
      Stream.buffer({ capacity: ahead }),
      Stream.mapEffect(({ lastSeq, answered }) =>
        Effect.gen(function* () {
          const answer = yield* untilEnough(yield* answerTo(answered))
          onProgress(Math.max(0, lastSeq - fromSeq + 1), logs.lastSeq - fromSeq + 1)
          return answer
        })
      ),
      Stream.takeUntil((answer) => !isWanted(answer)),
      Stream.runLast
    )
    const answer = Option.getOrElse(last, () => wanted)
    if (!isWanted(answer)) return answer
    // LOGS holds nothing more: whatever records are left are judged by what there was.
    let now = yield* records.next
    while (now.coveredSeq !== Number.POSITIVE_INFINITY) now = yield* records.next
    return yield* Effect.flatMap(answerTo(audit.ask("logsEnded", reading)), untilEnough)
  })
