import type { WindowRecord } from "@chaussettes/domain"
import { RulesStore } from "@chaussettes/jetstream"
import { layerRulesStoreMemory } from "@chaussettes/jetstream/memory"
import { type BadRules, rulesInForce } from "@chaussettes/service/rules-in-force"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { common, logTime } from "../../../../libs/domain/test/support/lines.ts"
import { layerAudits } from "../../src/verify/audits.ts"
import { verifyLogs } from "../../src/verify/verify-logs.ts"
import { publish, runDetector, storedWindows } from "../support/detector.ts"
import { memoryPorts, pass, send } from "./memory.ts"

const ports = Layer.provideMerge(layerRulesStoreMemory, memoryPorts)

const ignoredIn = (records: ReadonlyArray<WindowRecord>): number =>
  records.flatMap(({ since_last }) => Object.values(since_last.ignored ?? {})).reduce((sum, n) => sum + n, 0)

/** Lines of a check of health at these seconds. */
const ping = (...seconds: ReadonlyArray<number>) =>
  publish(
    "web1",
    seconds.map((s) => common({ time: logTime(s * 1_000) }).replace(/"GET [^ ]+/, '"GET /ping')).join("\n")
  )

/** Lines that show no format: which of the two addresses is the client? */
const unclear = (...seconds: ReadonlyArray<number>) =>
  publish("edge", seconds.map((s) => `10.0.0.1 10.0.0.9 [${logTime(s * 1_000)}] "GET /a HTTP/1.1" 200`).join("\n"))

describe("formats in the bucket", () => {
  it.effect(
    "are followed by source without a restart, stand in the records from then on, and are verified as of then",
    () =>
      Effect.gen(function* () {
        const bad: Array<BadRules> = []
        const store = yield* RulesStore
        const rules = yield* rulesInForce((refused) => Effect.sync(() => void bad.push(refused)))
        yield* Effect.forkScoped(runDetector({ rules }))
        yield* send(11, 12)
        yield* unclear(11, 12)
        yield* pass(8)
        yield* send(25, 26)
        yield* pass(8)
        const declared = '$remote_addr $server_addr [$time_local] "$request" $status'
        const revision = yield* store.put("formats", `edge ${declared}`)
        yield* pass(7)
        yield* unclear(45, 46, 47)
        yield* send(45, 60)
        yield* store.put("formats", "edge nothing that is known")
        yield* pass(7)
        yield* send(85)
        yield* unclear(86)
        yield* pass(60)
        expect(bad).toMatchObject([{ reason: expect.stringContaining("edge"), inForce: revision }])
        const records: ReadonlyArray<WindowRecord> = yield* storedWindows
        expect(records[0]!.rules.reading!.formats).toBeUndefined()
        expect(records.at(-1)!.rules.reading!.formats).toEqual({ revision, by: { edge: declared } })
        const total = records.reduce((sum, record) => sum + (record.revision?.added.total ?? record.total), 0)
        expect(total).toBe(7 + 4)
        const { findings } = yield* verifyLogs({
          fromMs: Number.NEGATIVE_INFINITY,
          toMs: Number.POSITIVE_INFINITY,
          examples: 10,
          patienceMs: 0,
          onProgress: () => {}
        })
        expect(findings!.differences).toEqual([])
      }).pipe(Effect.provide(layerAudits("inline")), Effect.provide(ports), Effect.scoped)
  )
})

describe("rules in the bucket", () => {
  it.effect("are in force without a restart, stand in the records from then on, and are verified as of then", () =>
    Effect.gen(function* () {
      const bad: Array<BadRules> = []
      const store = yield* RulesStore
      const rules = yield* rulesInForce((refused) => Effect.sync(() => void bad.push(refused)))
      yield* Effect.forkScoped(runDetector({ rules }))
      yield* send(11, 12, 13, 25, 26)
      yield* pass(8)
      const before: ReadonlyArray<WindowRecord> = yield* storedWindows
      expect(before.length).toBeGreaterThan(0)
      const revision = yield* store.put("ignore", "path=/ping")
      yield* pass(7)
      yield* ping(45, 46, 47)
      yield* send(48, 60)
      yield* store.put("ignore", "helth")
      yield* pass(7)
      expect(bad).toMatchObject([{ reason: expect.stringContaining("helth"), inForce: revision }])
      yield* send(85)
      yield* pass(2)
      yield* store.put("ignore", "")
      yield* pass(7)
      yield* ping(96)
      yield* send(97)
      yield* pass(60)
      const records: ReadonlyArray<WindowRecord> = yield* storedWindows
      for (const record of before) expect(record.rules.reading!.ignore).toBeUndefined()
      expect(ignoredIn(records)).toBe(3)
      const total = records.reduce((sum, record) => sum + (record.revision?.added.total ?? record.total), 0)
      expect(total).toBe(10)
      const { findings } = yield* verifyLogs({
        fromMs: Number.NEGATIVE_INFINITY,
        toMs: Number.POSITIVE_INFINITY,
        examples: 10,
        patienceMs: 0,
        onProgress: () => {}
      })
      expect(findings!.differences).toEqual([])
    }).pipe(Effect.provide(layerAudits("inline")), Effect.provide(ports), Effect.scoped)
  )
})
