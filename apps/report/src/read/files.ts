import { randomInt } from "node:crypto"
import {
  Detection,
  type DetectionSettings,
  dimensionsIn,
  History,
  type PerDimension,
  type ScannedLines,
  type Threshold,
  tellPanes,
  thresholdsOf
} from "@chaussettes/domain"
import { type LineChunk, progress, readLogFile, sizeOf, toUserFailure } from "@chaussettes/service"
import { offload } from "@chaussettes/service/offload"
import { paysThread, piecesAhead, scannerOf } from "@chaussettes/service/scan"
import { Effect } from "effect"
import { ReportIncidents } from "../incidents.ts"
import { suitedOf } from "../thresholds.ts"
import type { Zone } from "../zone.ts"
import type { ReadReport } from "./read.ts"
import { ScanAndTally, type ScanAndTallyOptions } from "./scan-and-tally.ts"

const task = {
  start: (options: ScanAndTallyOptions) => new ScanAndTally(options),
  name: "report",
  source: import.meta.url
}

/** Reads files once, one behind the other as one log. */
export const readFiles = Effect.fn("readFiles")(function* (
  names: ReadonlyArray<string>,
  settings: DetectionSettings,
  thresholds: PerDimension<Threshold>,
  zone: Zone
) {
  const bytes = sizeOf(names)
  const bar = yield* progress({ what: "Reading", unit: "bytes", total: bytes })
  const on = dimensionsIn(settings.leastRequests)
  const hashSeed = randomInt(2 ** 31)
  const history = new History(on)
  const incidents = new ReportIncidents(settings.windowMs)
  const inForce = thresholdsOf(thresholds, 0, on)
  const detection = new Detection(settings, inForce, {
    origin: "file",
    hashSeed,
    observer: { window: (window) => tellPanes(history, window, settings.leastRequests) },
    watcher: incidents
  })
  const { urlKey, reading, leastRequests, errors, ipv6Prefix } = settings
  const scan = yield* offload(task, paysThread(bytes) ? "thread" : "inline").open({
    ...{ urlKey, reading, leastRequests, errors, ipv6Prefix, hashSeed },
    zone: zone.name
  })
  const scanner = scannerOf(scan)
  const ahead: Array<Promise<ScannedLines>> = []
  let line = 1
  const foldOldest = async () => {
    const found = await ahead.shift()!
    detection.ingestScanned(found, line)
    line += found.count
    scanner.release(found)
  }
  yield* Effect.tryPromise({
    try: async () => {
      let before = 0
      for (const name of names) {
        let chunk: LineChunk | undefined
        let begins = true
        for await (chunk of readLogFile(name)) {
          ahead.push(scanner.scan(chunk.bytes.subarray(chunk.start, chunk.end), begins))
          if (ahead.length > piecesAhead) await foldOldest()
          begins = false
          bar.at(before + chunk.bytesRead)
        }
        before += chunk?.bytesRead ?? 0
      }
      while (ahead.length > 0) await foldOldest()
    },
    catch: toUserFailure
  })
  const contents = yield* Effect.mapError(scan.ask("contents", undefined), toUserFailure)
  detection.endOfFile()
  const read: ReadReport = {
    contents,
    incidents: incidents.found(detection.decidedThroughMs),
    thresholds: suitedOf(history, settings, inForceValues(inForce)),
    late: detection.counts.late
  }
  return read
}, Effect.scoped)

const inForceValues = (inForce: ReturnType<typeof thresholdsOf>): PerDimension<Threshold> =>
  Object.fromEntries(dimensionsIn(inForce).map((d) => [d, inForce[d]!.value])) as unknown as PerDimension<Threshold>
