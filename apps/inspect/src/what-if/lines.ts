import { randomInt } from "node:crypto"
import {
  Detection,
  type DetectionSettings,
  firstThresholds,
  type IncidentEvent,
  IncidentWatcher,
  thresholdsOf
} from "@chaussettes/domain"
import { LogsReader } from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import { progress } from "@chaussettes/service"
import { Effect, Stream } from "effect"

/**
 * Decides incidents again by all lines that LOGS holds now, as `analyze --incidents` does over files: by what they teach up to each window. What the
 * detector had learnt from lines that are gone is not known here.
 */
export const tellFromLines = Effect.fn("tellFromLines")(function* (
  settings: DetectionSettings,
  budgetWeekly: number,
  tell: (event: IncidentEvent) => void
) {
  const reader = yield* LogsReader
  const { firstSeq, lastSeq } = yield* reader.state
  if (lastSeq < firstSeq) return
  const watcher = new IncidentWatcher(settings.windowMs, budgetWeekly)
  const detection = new Detection(settings, thresholdsOf(firstThresholds), {
    origin: "logs",
    hashSeed: randomInt(2 ** 31),
    watcher
  })
  const drain = () => {
    detection.take()
    for (const event of watcher.take()) tell(event)
  }
  const bar = yield* progress({ what: `Reading ${logsStream}`, unit: "messages", total: lastSeq - firstSeq + 1 })
  yield* Stream.runForEach(reader.read({ fromSeq: firstSeq, throughSeq: lastSeq }), ({ batch }) =>
    Effect.sync(() => {
      detection.ingest(batch)
      drain()
      bar.at(detection.highestSeq - firstSeq + 1)
    })
  )
  detection.endOfLogs()
  drain()
}, Effect.scoped)
