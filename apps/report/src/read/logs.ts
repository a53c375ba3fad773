import { randomInt } from "node:crypto"
import {
  BatchLines,
  Detection,
  type DetectionSettings,
  dimensionsIn,
  firstThresholds,
  History,
  lineKeysOf,
  mapDimensions,
  parseThreshold,
  tellPanes,
  thresholdsOf
} from "@chaussettes/domain"
import { LogsReader, ThresholdsStore } from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import { progress } from "@chaussettes/service"
import { Effect, Stream } from "effect"
import { ReportIncidents } from "../incidents.ts"
import { suitedOf } from "../thresholds.ts"
import type { Zone } from "../zone.ts"
import type { ReadReport } from "./read.ts"
import { tallyFor } from "./scan-and-tally.ts"

/** What the bucket holds for the dimensions that are on. */
const thresholdsInForce = (settings: DetectionSettings) =>
  Effect.gen(function* () {
    const entries = yield* (yield* ThresholdsStore).current
    return mapDimensions((dimension) => {
      const parsed = parseThreshold(entries.find(({ key }) => key === dimension)?.text ?? "")
      return parsed.ok ? parsed.value : firstThresholds[dimension]
    }, dimensionsIn(settings.leastRequests))
  })

/**
 * Reads LOGS from its first message to the last one that it holds now. The incidents are found in it as in a file, by what it teaches up to each
 * window; what the detector told at the time stands in INCIDENTS.
 *
 * @param sinceMs only requests from then on are counted
 */
export const readLogs = Effect.fn("readLogs")(function* (settings: DetectionSettings, zone: Zone, sinceMs: number) {
  const reader = yield* LogsReader
  const { firstSeq, lastSeq } = yield* reader.state
  const thresholds = yield* thresholdsInForce(settings)
  const on = dimensionsIn(settings.leastRequests)
  const hashSeed = randomInt(2 ** 31)
  const keys = lineKeysOf(settings.leastRequests, hashSeed)
  const lines = new BatchLines(settings.reading, settings.urlKey, hashSeed, { refers: true, keys })
  const tally = tallyFor(
    { ...settings, hashSeed, zone: zone.name },
    { fromMs: sinceMs, toMs: Number.POSITIVE_INFINITY }
  )
  const history = new History(on)
  const incidents = new ReportIncidents(settings.windowMs, sinceMs)
  const detection = new Detection(settings, thresholdsOf(thresholds, 0, on), {
    origin: "logs",
    hashSeed,
    observer: {
      window: (window) => {
        if (window.endMs > sinceMs) tellPanes(history, window, settings.leastRequests)
      }
    },
    watcher: incidents
  })
  if (lastSeq >= firstSeq) {
    const bar = yield* progress({ what: `Reading ${logsStream}`, unit: "messages", total: lastSeq - firstSeq + 1 })
    const { sourceOffsets, maxAheadMs } = settings
    yield* Stream.runForEach(reader.read({ fromSeq: firstSeq, throughSeq: lastSeq }), ({ batch }) =>
      Effect.sync(() => {
        detection.ingest(batch)
        lines.read(batch, (code, { source, storedMs }) => {
          const offsetMs = sourceOffsets[source] ?? 0
          const { scanner } = lines
          if (code === 0 && scanner.timeMs + offsetMs - storedMs > maxAheadMs) tally.reject("future")
          else tally.see(scanner, code, offsetMs)
        })
        bar.at(detection.highestSeq - firstSeq + 1)
      })
    )
    detection.endOfLogs()
  }
  const read: ReadReport = {
    contents: tally.contents(),
    incidents: incidents.found(detection.decidedThroughMs),
    thresholds: suitedOf(history, settings, thresholds),
    late: detection.counts.late
  }
  return read
}, Effect.scoped)
