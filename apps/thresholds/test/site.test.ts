import { defaultMostUnexplained, defaultSettings, encodeRecord, parseThreshold, rulesOf } from "@chaussettes/domain"
import { ThresholdsStore, WindowsLog, windowsSubject } from "@chaussettes/jetstream"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { recordOf } from "../../../libs/readmodel/test/records.ts"
import type { Method } from "../src/compute/compute.ts"
import { round } from "../src/compute/service.ts"
import { put } from "../src/set/set.ts"
import { takeBack } from "../src/set/unset.ts"
import { logOf, memoryPorts, someFail, store } from "./support.ts"

const options = (method: Method) => ({
  method,
  target: 0.01,
  mostUnexplained: defaultMostUnexplained,
  budget: 1,
  settings: defaultSettings,
  dryRun: false
})

const text = Effect.gen(function* () {
  const seuils = yield* ThresholdsStore
  return Object.fromEntries((yield* seuils.current).map((entry) => [entry.key, entry.text]))
})

/** Lines with one of two virtual hosts. */
const sited = (log: string): string => log.replaceAll(/^(?=10\.0\.0\.(\d))/gm, (_, n) => `${"ab"[n % 2]}.example `)

/** A detector that judges sites has decided a window. */
const judged = Effect.gen(function* () {
  const windows = yield* WindowsLog
  const rules = rulesOf({ ...defaultSettings, leastRequests: { ...defaultSettings.leastRequests, site: 5 } })
  const data = encodeRecord(recordOf(Date.UTC(2026, 0, 5), { rules }))
  yield* windows.append([{ subject: windowsSubject, data, epoch: 1 }], yield* windows.lastSeq)
})

describe("the threshold of sites", () => {
  it.live("is learnt where the detector judges sites, and else does not exist", () =>
    Effect.gen(function* () {
      yield* store(sited(logOf(1_200, someFail(1))))
      yield* round(options("calibrated"))
      expect(yield* text).not.toHaveProperty("site")
      expect(JSON.parse((yield* text).metadata!)).not.toHaveProperty("sites_analyzed")
      yield* judged
      yield* round(options("calibrated"))
      const parsed = parseThreshold((yield* text).site!)
      expect(parsed.ok && typeof parsed.value === "object" && parsed.value.rate).toBeGreaterThan(0.1)
      const metadata = JSON.parse((yield* text).metadata!)
      expect(metadata).toMatchObject({ sites_analyzed: 2, calibration: { site: { panes: expect.anything() } } })
      expect(metadata.top_error_sites[0]).toMatchObject({ site: expect.stringMatching(/^[ab]\.example$/) })
      expect(metadata.revisions).toHaveProperty("site")
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("is found by percentile_99, too", () =>
    Effect.gen(function* () {
      yield* store(sited(logOf(60, (_, line) => line % 4 === 1 && line % 8 === 1)))
      yield* judged
      yield* round(options("percentile_99"))
      // One of the two fails at a quarter of its lines: between none and that.
      expect((yield* text).site).toBe("0.248")
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("stays as an operator has put it, though nothing was there before", () =>
    Effect.gen(function* () {
      yield* store(sited(logOf(60, (_, line) => line % 8 === 1)))
      yield* judged
      yield* put({ dimension: "site", threshold: 0.9 })
      yield* round(options("percentile_99"))
      expect(yield* text).toMatchObject({ site: "0.9", global: "0.05" })
      yield* takeBack("site")
      yield* round(options("percentile_99"))
      expect((yield* text).site).toBe("0.248")
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("is put and taken back by hand like any other", () =>
    Effect.gen(function* () {
      expect(yield* put({ dimension: "site", threshold: 0.3 })).toMatchObject({ key: "site", value: 0.3, before: 0.2 })
      expect((yield* text).site).toBe("0.3")
      yield* put({ dimension: "site", threshold: 0.4 })
      // None of them is a first value that was there to be replaced.
      expect(yield* takeBack("site")).toMatchObject({ _tag: "Unset", key: "site", value: 0.2 })
    }).pipe(Effect.provide(memoryPorts))
  )
})
