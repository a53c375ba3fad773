import type { DetectionSettings, IncidentWatcher, LogBatch, WindowObserver, WindowWatcher } from "@chaussettes/domain"
import { LogsReader, type StoreError } from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import { inputReport, type LineChunk, progress, readLogFile, sizeOf, toUserFailure } from "@chaussettes/service"
import type { OrderedFiles } from "@chaussettes/service/log-order"
import { Clock, Effect, Stream } from "effect"
import { detectionFor } from "./detection-for.ts"

/** Folds files, one behind the other as one log. The report is what has to be said of them first. */
export const replayFiles = Effect.fn("replayFiles")(function* (
  { names, words }: OrderedFiles,
  settings: DetectionSettings,
  observer: WindowObserver,
  watcher?: WindowWatcher
) {
  const bar = yield* progress({ what: "Reading", unit: "bytes", total: sizeOf(names) })
  const detection = detectionFor(settings, observer, watcher)
  yield* Effect.tryPromise({
    try: async () => {
      let line = 1
      let before = 0
      for (const file of names) {
        let chunk: LineChunk | undefined
        detection.beginFile()
        for await (chunk of readLogFile(file)) {
          line += detection.ingestLines(chunk.bytes, chunk.start, chunk.end, line)
          bar.at(before + chunk.bytesRead)
        }
        before += chunk?.bytesRead ?? 0
      }
      detection.endOfFile()
    },
    catch: toUserFailure
  })
  const { counts, rejectedBy } = detection
  const outcomes = { lines: counts.lines, late: counts.late, rejected: rejectedBy }
  return { counts, report: inputReport(outcomes, { ...words, lateness: "--allowed-lateness" }) }
}, Effect.scoped)

/** How a replay of LOGS shares the machine: a service takes at most about half of one core and little memory. */
export type Pace = "full" | "gentle"

const gentleBytes = 1024 * 1024

/**
 * What LOGS holds from its first message to the last one now. Answers how it is read: batch by batch, each taken before the next one is.
 */
export const history = Effect.fn("history")(function* (pace: Pace) {
  const reader = yield* LogsReader
  const { firstSeq, lastSeq } = yield* reader.state
  return <E>(take: (batch: LogBatch) => Effect.Effect<void, E>): Effect.Effect<void, E | StoreError> =>
    Effect.scoped(
      Effect.gen(function* () {
        if (lastSeq < firstSeq) return
        const total = lastSeq - firstSeq + 1
        const bar = yield* progress({ what: `Replaying ${logsStream}`, unit: "messages", total })
        const maxBytes = pace === "gentle" ? { maxBytes: gentleBytes } : {}
        yield* reader.read({ fromSeq: firstSeq, throughSeq: lastSeq, ...maxBytes }).pipe(
          Stream.filter(({ batch }) => batch.messages > 0),
          Stream.runForEach(({ batch }) =>
            Effect.gen(function* () {
              const readSeq = batch.seqs[batch.messages - 1]!
              const startedMs = yield* Clock.currentTimeMillis
              yield* take(batch)
              bar.at(readSeq - firstSeq + 1)
              const tookMs = (yield* Clock.currentTimeMillis) - startedMs
              if (pace === "gentle" && tookMs > 0) yield* Effect.sleep(tookMs)
              else yield* Effect.yieldNow
            })
          )
        )
      })
    )
})

/** Folds LOGS. */
export const replayLogs = Effect.fn("replayLogs")(function* (
  settings: DetectionSettings,
  observer: WindowObserver,
  incidents?: IncidentWatcher
) {
  const detection = detectionFor(settings, observer, incidents)
  yield* (yield* history("full"))((batch) =>
    Effect.sync(() => {
      detection.ingest(batch)
      // Only the model is wanted.
      incidents?.take()
    })
  )
  // What is open at the end has all its lines; nobody waits for more of them here.
  detection.endOfLogs()
  return detection.counts
}, Effect.mapError(toUserFailure))
