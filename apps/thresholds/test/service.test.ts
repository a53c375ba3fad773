import {
  type DetectionSettings,
  defaultMostUnexplained,
  defaultSettings,
  encodeRecord,
  leastErrors,
  parseThreshold,
  readIncidentModel,
  rulesOf
} from "@chaussettes/domain"
import {
  IncidentsStore,
  LogsReader,
  RulesStore,
  ThresholdsStore,
  Unavailable,
  WindowsLog,
  windowsSubject
} from "@chaussettes/jetstream"
import { Health } from "@chaussettes/service"
import { settingsNow } from "@chaussettes/service/history-settings"
import { assert, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { recordOf } from "../../../libs/readmodel/test/records.ts"
import type { Method } from "../src/compute/compute.ts"
import { putByOperator, standing } from "../src/compute/in-force.ts"
import type { ThresholdsMetadata } from "../src/compute/metadata.ts"
import { publish } from "../src/compute/publish.ts"
import { layerRounds } from "../src/compute/rounds.ts"
import { round, rounds } from "../src/compute/service.ts"
import { goBack } from "../src/history/run.ts"
import { logOf, memoryPorts, someFail, store } from "./support.ts"

const options = (method: Method = "calibrated") => ({
  method,
  target: 0.01,
  mostUnexplained: defaultMostUnexplained,
  budget: 1,
  settings: defaultSettings,
  dryRun: false
})

const firstValues = Effect.gen(function* () {
  const seuils = yield* ThresholdsStore
  yield* seuils.put("global", "0.1")
  yield* seuils.put("ip", "0.3")
  yield* seuils.put("url", "0.5")
})

const texts = Effect.gen(function* () {
  const seuils = yield* ThresholdsStore
  return Object.fromEntries((yield* seuils.current).map((entry) => [entry.key, entry.text]))
})

/** A detector with these settings has decided a window. */
const decided = (settings: DetectionSettings) =>
  Effect.gen(function* () {
    const windows = yield* WindowsLog
    const record = recordOf(Date.UTC(2026, 0, 5), { rules: rulesOf(settings) })
    yield* windows.append([{ subject: windowsSubject, data: encodeRecord(record), epoch: 1 }], yield* windows.lastSeq)
  })

const unready = Effect.flatMap(Health, (health) => health.unready)

describe("a round of the service", () => {
  it.live("publishes tables that name their publication, and a metadata that names the revisions", () =>
    Effect.gen(function* () {
      yield* firstValues
      yield* store(logOf(1_200, someFail(1)))
      yield* round(options())
      const now = yield* texts
      const metadata = JSON.parse(now.metadata!)
      expect(metadata).toMatchObject({
        method: "calibrated",
        total_logs_analyzed: 48_000,
        target: 0.01,
        window_ms: 10_000
      })
      expect(metadata.revisions).toEqual((yield* standing).revisions)
      for (const key of ["global", "ip", "url"] as const) {
        const json = JSON.parse(now[key]!)
        expect(json.publication).toBe(metadata.publication)
        const parsed = parseThreshold(now[key]!)
        expect(parsed.ok).toBe(true)
        // 4 of 40 fail on the average.
        if (parsed.ok && key === "global") {
          expect(leastErrors(parsed.value, 40)).toBeGreaterThan(7)
          expect(leastErrors(parsed.value, 40)).toBeLessThan(14)
        }
      }
      expect(yield* unready).toEqual({})
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("publishes what incidents are judged by once it is due, whatever comes of the thresholds", () =>
    Effect.gen(function* () {
      const models = Effect.flatMap(IncidentsStore, (bucket) => bucket.history("model"))
      yield* store(logOf(300, someFail(1)))
      yield* round(options("percentile_99"))
      assert.strictEqual((yield* models).length, 0, "less than an hour")
      yield* store(logOf(100, someFail(1), 300))
      yield* round({ ...options(), dryRun: true })
      assert.strictEqual((yield* models).length, 0, "a dry run")
      yield* round(options())
      const [first] = yield* models
      const read = readIncidentModel(first!.text, first!.revision, defaultSettings.windowMs)
      if (!read.ok) return assert.fail(read.reason)
      assert.strictEqual(read.value.model.learnt?.windows, 400)
      assert.closeTo(read.value.model.classes[1].rates[0]!, 0.1, 0.02)
      yield* store(logOf(100, someFail(1), 400))
      yield* round(options())
      assert.strictEqual((yield* models).length, 1, "nothing new for two hours")
      yield* round({ ...options(), budget: 2 })
      assert.strictEqual((yield* models).length, 2, "another budget")
    }).pipe(Effect.provide(memoryPorts))
  )

  it.effect("is tried again soon where it failed, and at the latest after a minute", () =>
    Effect.gen(function* () {
      let tried = 0
      const reader = yield* LogsReader
      const away = Effect.suspend(() => {
        tried++
        return Effect.fail(new Unavailable({ what: "LOGS", why: "the server starts again" }))
      })
      const going = rounds({ ...options(), everyMs: 3_600_000 }).pipe(
        Effect.provideService(LogsReader, LogsReader.of({ ...reader, state: away }))
      )
      yield* Effect.forkChild(going)
      yield* TestClock.adjust("3 seconds")
      expect(tried).toBe(3)
      expect((yield* unready).seuils).toContain("the server starts again")
      yield* TestClock.adjust("10 minutes")
      const before = tried
      yield* TestClock.adjust("1 minute")
      expect(tried).toBe(before + 1)
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("publishes also where nothing stands yet", () =>
    Effect.gen(function* () {
      yield* store(logOf(400, someFail(9)))
      yield* round(options("percentile_99"))
      expect((yield* standing).revisions).toEqual({ global: 1, ip: 2, url: 3 })
      expect((yield* texts).global).toBe("0.05")
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("learns the same in a thread", () =>
    Effect.gen(function* () {
      const published = (where: "inline" | "thread") =>
        Effect.gen(function* () {
          yield* firstValues
          yield* store(logOf(1_200, someFail(1)))
          yield* round(options())
          const { global, ip, url } = yield* texts
          return [global, ip, url].map((text) => ({ ...JSON.parse(text!), publication: "" }))
        }).pipe(Effect.provide(Layer.merge(Layer.fresh(memoryPorts), layerRounds(where))))
      const [inline, thread] = [yield* published("inline"), yield* published("thread")]
      expect(inline[0]).toHaveProperty("least_errors")
      expect(thread).toEqual(inline)
    })
  )

  it.live("publishes nothing anew while the history says the same", () =>
    Effect.gen(function* () {
      yield* firstValues
      yield* store(logOf(1_200, someFail(1)))
      yield* round(options())
      const before = yield* standing
      yield* store(logOf(60, someFail(2), 1_200))
      yield* round(options())
      expect(yield* standing).toEqual(before)
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("overwrites nothing when it refuses, and says so to whoever asks for its health", () =>
    Effect.gen(function* () {
      yield* firstValues
      const fails = someFail(3)
      yield* store(logOf(1_200, (window, line) => (window % 3 === 0 ? line % 2 === 0 : fails(window, line))))
      const before = yield* standing
      yield* round(options())
      expect(yield* standing).toEqual(before)
      expect((yield* unready).seuils).toContain("those in force stay")
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("waits for more without a complaint while there is too little history", () =>
    Effect.gen(function* () {
      yield* firstValues
      yield* store(logOf(50, someFail(4)))
      yield* round(options())
      expect((yield* texts).metadata).toBeUndefined()
      expect(yield* unready).toEqual({})
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("learns from what the rules in force now leave of the whole history, and says which they were", () =>
    Effect.gen(function* () {
      yield* firstValues
      // A fifth of the traffic is a check of health that always fails.
      yield* store(logOf(400, (_, line) => line % 5 === 3))
      yield* round(options("percentile_99"))
      const before = yield* texts
      expect(before.url).toBe("0.96")
      expect(JSON.parse(before.metadata!)).not.toHaveProperty("rules_revision")
      const rules = yield* RulesStore
      const revision = yield* rules.put("ignore", "path=/3")
      // The newest rules are no rules: the last good ones hold, for the detector as for the thresholds.
      yield* rules.put("ignore", "pth=/3")
      yield* round(options("percentile_99"))
      const now = yield* texts
      expect(Number(now.url)).toBeLessThan(0.96)
      expect(JSON.parse(now.metadata!)).toMatchObject({
        total_logs_analyzed: 12_800,
        total_errors: 0,
        urls_analyzed: 4,
        rules_revision: revision
      })
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("learns from the errors that the detector counts, by its newest record, and says which they are", () =>
    Effect.gen(function* () {
      yield* firstValues
      // Of five lines two are errors of clients, one is one of the server.
      yield* store(
        logOf(
          400,
          (_, line) => line % 5 < 3,
          0,
          (_, line) => (line % 5 === 0 ? 502 : 404)
        )
      )
      const { errors: _, ...unsaid } = defaultSettings
      const learnt = (settings: DetectionSettings) =>
        Effect.gen(function* () {
          yield* round({ ...options("percentile_99"), settings })
          return { text: yield* texts, metadata: JSON.parse((yield* texts).metadata!) }
        })
      const all = yield* learnt(unsaid)
      expect(all.metadata).not.toHaveProperty("errors")
      const errors = { global: "5xx", ip: "4xx", url: "5xx" }
      yield* decided({ ...defaultSettings, errors })
      const server = yield* learnt(unsaid)
      expect(server.metadata.errors).toEqual(errors)
      expect(server.metadata.total_errors).toBe(400 * 8)
      expect(Number(server.text.global)).toBeLessThan(Number(all.text.global))
      // What is given is over it, for a detector that will be started so.
      const client = yield* learnt({ ...defaultSettings, errors: { global: "4xx", ip: "4xx", url: "4xx" } })
      expect(client.metadata.total_errors).toBe(400 * 16)
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("says so where it is told to learn from other errors than the detector counts", () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      const settings = (errors: string) =>
        settingsNow({ ...defaultSettings, errors: { global: errors, ip: errors, url: errors } }, (words) =>
          Effect.sync(() => void said.push(words))
        )
      yield* settings("5xx")
      expect(said).toEqual([])
      yield* decided(defaultSettings)
      yield* settings(">=400")
      expect(said).toEqual([])
      yield* settings("5xx")
      expect(said).toEqual([
        "The thresholds are for global=5xx,ip=5xx,url=5xx, but the detector counts global=>=400,ip=>=400,url=>=400 as errors: give detect the same --errors, or leave it out here."
      ])
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("leaves alone what an operator has put since, until a publication by hand", () =>
    Effect.gen(function* () {
      const seuils = yield* ThresholdsStore
      yield* firstValues
      yield* store(logOf(1_200, someFail(5)))
      yield* round(options("percentile_99"))
      yield* seuils.put("ip", "0.9")
      yield* round(options())
      const now = yield* texts
      expect(now.ip).toBe("0.9")
      expect(JSON.parse(now.global!)).toHaveProperty("least_errors")
      yield* round(options("percentile_99"))
      expect((yield* texts).ip).toBe("0.9")
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("leaves alone what an operator has put before anything was published", () =>
    Effect.gen(function* () {
      const seuils = yield* ThresholdsStore
      yield* firstValues
      yield* seuils.put("url", "0.7")
      yield* store(logOf(1_200, someFail(8)))
      yield* round(options("percentile_99"))
      const now = yield* texts
      expect(now.url).toBe("0.7")
      expect(now.global).toBe("0.05")
      expect(JSON.parse(now.metadata!).revisions).not.toHaveProperty("url")
      // And still so when the next publication is due.
      yield* round(options())
      expect((yield* texts).url).toBe("0.7")
      expect(JSON.parse((yield* texts).global!)).toHaveProperty("least_errors")
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("leaves alone what an operator puts while it computes, and publishes the rest as one publication", () =>
    Effect.gen(function* () {
      const seuils = yield* ThresholdsStore
      yield* firstValues
      yield* store(logOf(1_200, someFail(11)))
      yield* round(options("percentile_99"))
      const before = yield* standing
      const put = yield* seuils.put("ip", "0.9")
      const { outdone } = yield* publish(
        { global: 0.06, ip: 0.31, url: 0.41 },
        { ...(before.metadata as ThresholdsMetadata), publication: "later" },
        before
      )
      expect(outdone).toEqual(["ip"])
      const now = yield* standing
      expect(now.thresholds).toEqual({ global: 0.06, ip: 0.9, url: 0.41 })
      expect(now.metadata!.publication).toBe("later")
      expect(now.metadata!.revisions).toEqual({ ...now.revisions, ip: before.revisions.ip })
      expect(now.revisions.ip).toBe(put)
      expect(putByOperator(now, yield* seuils.history())).toEqual(["ip"])
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("writes nothing when another publication was quicker", () =>
    Effect.gen(function* () {
      yield* firstValues
      yield* store(logOf(1_200, someFail(11)))
      const before = yield* standing
      yield* round(options("percentile_99"))
      const now = yield* standing
      const failure = yield* Effect.flip(
        publish({ global: 0.06, ip: 0.31, url: 0.41 }, now.metadata as ThresholdsMetadata, before)
      )
      expect(failure._tag).toBe("Outdated")
      expect(yield* standing).toEqual(now)
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("leaves a publication alone that an operator has gone back to, until one by hand", () =>
    Effect.gen(function* () {
      yield* firstValues
      yield* store(logOf(1_200, someFail(6)))
      yield* round(options("percentile_99"))
      const { revisions } = yield* standing
      yield* round(options())
      yield* goBack(revisions.global)
      const restored = yield* standing
      expect(yield* round(options())).toBe("unchanged")
      expect(yield* standing).toEqual(restored)
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("cannot be gone back on to a value that no detector can use", () =>
    Effect.gen(function* () {
      const seuils = yield* ThresholdsStore
      yield* firstValues
      const bad = yield* seuils.put("ip", "abc")
      yield* seuils.put("ip", "0.4")
      const failure = yield* Effect.flip(goBack(bad))
      expect(failure.message).toContain("cannot be used")
      expect((yield* texts).ip).toBe("0.4")
    }).pipe(Effect.provide(memoryPorts))
  )

  it.live("can be gone back on: the thresholds and their metadata of an earlier publication together", () =>
    Effect.gen(function* () {
      yield* firstValues
      yield* store(logOf(1_200, someFail(6)))
      yield* round(options("percentile_99"))
      const earlier = yield* texts
      const { revisions } = yield* standing
      yield* round(options())
      expect((yield* texts).global).not.toBe(earlier.global)
      yield* goBack(revisions.url)
      const now = yield* texts
      for (const key of ["global", "ip", "url"]) expect(now[key]).toBe(earlier[key])
      const metadata = JSON.parse(now.metadata!)
      expect(metadata.method).toBe("percentile_99")
      expect(metadata.revisions).toEqual((yield* standing).revisions)
      expect(metadata.restored_at).toMatch(/Z$/)
      const failure = yield* Effect.flip(goBack(999))
      expect(failure).toMatchObject({ _tag: "UserFailure", exitCode: 1 })
    }).pipe(Effect.provide(memoryPorts))
  )
})
