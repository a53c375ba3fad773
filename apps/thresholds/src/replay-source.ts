import { randomInt } from "node:crypto"
import {
  Detection,
  type DetectionCounts,
  type DetectionSettings,
  firstThresholds,
  thresholdsOf,
  type WindowObserver
} from "@chaussettes/domain"
import { LogsReader } from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import {
  type InputReport,
  inputReport,
  type LineChunk,
  progress,
  readLogFile,
  sizeOf,
  toUserFailure,
  type UserFailure
} from "@chaussettes/service"
import type { OrderedFiles } from "@chaussettes/service/log-order"
import { Clock, Effect, Stream } from "effect"

const detectionFor = (settings: DetectionSettings, observer: WindowObserver): Detection =>
  // The observer takes the windows before anything is decided, so the seuils are never asked.
  new Detection(settings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: randomInt(2 ** 31), observer })

/** Folds files, one behind the other as one log. The report is what has to be said of them first. */
export const replayFiles = (
  { names, words }: OrderedFiles,
  settings: DetectionSettings,
  observer: WindowObserver
): Effect.Effect<{ readonly counts: DetectionCounts; readonly report: InputReport }, UserFailure> =>
  Effect.scoped(
    Effect.gen(function* () {
      const bar = yield* progress({ what: "Reading", unit: "bytes", total: sizeOf(names) })
      const detection = detectionFor(settings, observer)
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
    })
  )

/** How a replay of LOGS shares the machine: a service takes at most about half of one core and little memory. */
export type Pace = "full" | "gentle"

const gentleBytes = 1024 * 1024

/** Folds LOGS from its first message to the last one that it held at the start. */
export const replayLogs = (
  settings: DetectionSettings,
  observer: WindowObserver,
  pace: Pace
): Effect.Effect<DetectionCounts, UserFailure, LogsReader> =>
  Effect.scoped(
    Effect.gen(function* () {
      const reader = yield* LogsReader
      const { firstSeq, lastSeq } = yield* reader.state
      const detection = detectionFor(settings, observer)
      if (lastSeq >= firstSeq) {
        const bar = yield* progress({
          what: `Replaying ${logsStream}`,
          unit: "messages",
          total: lastSeq - firstSeq + 1
        })
        yield* reader
          .read({
            fromSeq: firstSeq,
            throughSeq: lastSeq,
            ...(pace === "gentle" ? { maxBytes: gentleBytes } : {})
          })
          .pipe(
            Stream.runForEach(({ batch }) =>
              Effect.gen(function* () {
                const startedMs = yield* Clock.currentTimeMillis
                detection.ingest(batch)
                bar.at(detection.highestSeq - firstSeq + 1)
                const tookMs = (yield* Clock.currentTimeMillis) - startedMs
                if (pace === "gentle" && tookMs > 0) yield* Effect.sleep(tookMs)
                else yield* Effect.yieldNow
              })
            )
          )
        // What is open at the end has all its lines; nobody waits for more of them here.
        detection.endOfLogs()
      }
      return detection.counts
    })
  ).pipe(Effect.mapError(toUserFailure))
