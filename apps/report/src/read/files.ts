import { randomInt } from "node:crypto"
import {
  Detection,
  type DetectionSettings,
  dimensionsIn,
  History,
  type PerDimension,
  type ReportContents,
  type ScannedLines,
  type Threshold,
  tellPanes,
  thresholdsOf
} from "@chaussettes/domain"
import { type LineChunk, progress, readLogFile, sizeOf, toUserFailure, type UserFailure } from "@chaussettes/service"
import { openScanThread, paysThread, piecesAhead, type ScanAnswer, workerBeside } from "@chaussettes/service/scan"
import { Effect } from "effect"
import { IncidentsOfAlerts } from "../incidents.ts"
import { suitedOf } from "../thresholds.ts"
import type { Zone } from "../zone.ts"
import type { ReadReport } from "./read.ts"
import { ScanAndTally, type ScanAndTallyOptions } from "./scan-and-tally.ts"

/** Scans pieces in their order and hands on what was found of each. */
interface Scan {
  readonly piece: (chunk: LineChunk, begins: boolean) => Promise<void>
  readonly end: () => Promise<ReportContents>
}

type Take = (lines: ScannedLines) => void

const scanHere = (options: ScanAndTallyOptions, take: Take): Scan => {
  const scan = new ScanAndTally(options)
  let used: ScannedLines | undefined
  return {
    piece: async ({ bytes, start, end }, begins) => {
      used = scan.scan(bytes, start, end, begins, used)
      take(used)
    },
    end: async () => scan.contents()
  }
}

/** In a thread of its own, some pieces ahead of what is taken here. */
const scanBeside = (thread: ReturnType<typeof openScanThread>, take: Take): Scan => {
  const ahead: Array<Promise<ScanAnswer>> = []
  const takeOldest = async () => {
    const answer = await ahead.shift()!
    take(answer.lines)
    thread.release(answer)
  }
  return {
    piece: async ({ bytes, start, end }, begins) => {
      ahead.push(thread.scan(bytes.subarray(start, end), begins))
      if (ahead.length > piecesAhead) await takeOldest()
    },
    end: async () => {
      while (ahead.length > 0) await takeOldest()
      return (await thread.finish()) as ReportContents
    }
  }
}

/** Reads files once, one behind the other as one log. */
export const readFiles = (
  names: ReadonlyArray<string>,
  settings: DetectionSettings,
  thresholds: PerDimension<Threshold>,
  zone: Zone
): Effect.Effect<ReadReport, UserFailure> =>
  Effect.scoped(
    Effect.gen(function* () {
      const bytes = sizeOf(names)
      const bar = yield* progress({ what: "Reading", unit: "bytes", total: bytes })
      const on = dimensionsIn(settings.leastRequests)
      const hashSeed = randomInt(2 ** 31)
      const history = new History(on)
      const incidents = new IncidentsOfAlerts()
      const inForce = thresholdsOf(thresholds, 0, on)
      const detection = new Detection(settings, inForce, {
        origin: "file",
        hashSeed,
        closed: (window) => tellPanes(history, window, settings.leastRequests)
      })
      let line = 1
      const say = () => {
        for (const { alerts } of detection.take().decisions) for (const alert of alerts) incidents.take(alert)
      }
      const take: Take = (lines) => {
        detection.ingestScanned(lines, line)
        line += lines.count
        say()
      }
      const { urlKey, reading, leastRequests, errors, ipv6Prefix } = settings
      const options = { urlKey, reading, leastRequests, errors, ipv6Prefix, hashSeed, zone: zone.name }
      const thread = openScanThread(workerBeside(import.meta.url, "report"), options)
      yield* Effect.addFinalizer(() => Effect.promise(() => thread.close()))
      const scan = paysThread(bytes) ? scanBeside(thread, take) : scanHere(options, take)
      const contents = yield* Effect.tryPromise({
        try: async () => {
          let before = 0
          for (const name of names) {
            let chunk: LineChunk | undefined
            let begins = true
            for await (chunk of readLogFile(name)) {
              await scan.piece(chunk, begins)
              begins = false
              bar.at(before + chunk.bytesRead)
            }
            before += chunk?.bytesRead ?? 0
          }
          return scan.end()
        },
        catch: toUserFailure
      })
      detection.endOfFile()
      say()
      return {
        contents,
        incidents: incidents.end(detection.decidedThroughMs),
        thresholds: suitedOf(history, settings, inForceValues(inForce)),
        late: detection.counts.late
      }
    })
  )

const inForceValues = (inForce: ReturnType<typeof thresholdsOf>): PerDimension<Threshold> =>
  Object.fromEntries(dimensionsIn(inForce).map((d) => [d, inForce[d]!.value])) as unknown as PerDimension<Threshold>
