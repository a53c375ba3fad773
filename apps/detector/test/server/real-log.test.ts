import { readFileSync } from "node:fs"
import { type Alert, Detection, defaultSettings, firstThresholds, thresholdsOf } from "@chaussettes/domain"
import { TestServer } from "@chaussettes/jetstream/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { layerFolds } from "../../src/fold/folds.ts"
import { portsOf, prepare, publish, runDetector, storedAlerts, storedWindows } from "../support/detector.ts"

const file = new URL("../../../../testdata/elastic-apache-10k.log", import.meta.url)
const settings = { allowedLatenessMs: 60_000 }

/** What `analyze` gives for the file. */
const analyzed = (): ReadonlyArray<Alert> => {
  const bytes = readFileSync(file)
  const detection = new Detection({ ...defaultSettings, ...settings }, thresholdsOf(firstThresholds), {
    origin: "file",
    hashSeed: 1
  })
  detection.ingestLines(bytes, 0, bytes.length, 1)
  detection.endOfFile()
  return detection.take().decisions.flatMap(({ alerts }) => alerts)
}

/** An alert without what a file has not: `lines` by sequence and the revision. The order of the fields stays. */
const comparable = (alert: Alert): string => {
  const { lines: _lines, seuils_revision: _revision, ...rest } = alert
  return JSON.stringify(rest)
}

const pieces = (linesAMessage: number): ReadonlyArray<string> => {
  const lines = readFileSync(file, "latin1").split(/(?<=\n)/)
  return Array.from({ length: Math.ceil(lines.length / linesAMessage) }, (_, i) =>
    lines.slice(i * linesAMessage, (i + 1) * linesAMessage).join("")
  )
}

describe("the real log through a real server", () => {
  it.live.each([
    { linesAMessage: 1, folds: "inline" },
    { linesAMessage: 50, folds: "thread" },
    { linesAMessage: 500, folds: "inline" }
  ] as const)(
    "gives the alerts of analyze, byte for byte: $linesAMessage lines a message, fold $folds",
    ({ linesAMessage, folds }) =>
      Effect.gen(function* () {
        const server = yield* TestServer
        yield* Effect.gen(function* () {
          yield* prepare
          for (const piece of pieces(linesAMessage)) yield* publish("web1", piece)
          yield* runDetector({
            settings,
            untilCaughtUp: true,
            folds: layerFolds(folds)
          })
          const alerts: ReadonlyArray<Alert> = yield* storedAlerts
          expect(alerts.map(comparable)).toEqual(analyzed().map(comparable))
          expect(alerts.filter(({ type }) => type === "GLOBAL_ERROR_RATE")).toHaveLength(20)
          expect(alerts.filter(({ type }) => type === "IP_ERROR_RATE")).toHaveLength(2)
          expect(alerts).toHaveLength(22)
          expect(yield* storedWindows).toHaveLength(504)
        }).pipe(Effect.provide(portsOf(server.url)))
      }).pipe(Effect.provide(TestServer.layer())),
    60_000
  )
})
