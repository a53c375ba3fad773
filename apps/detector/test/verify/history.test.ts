import { declaredBots, defaultReading, messagesIn, parseIgnore, parseRfc3339 } from "@chaussettes/domain"
import { networkOf, perfectNetwork } from "@chaussettes/jetstream/memory"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { jsonOf } from "../../src/verify/report.ts"
import { sitedText } from "../simulation/plan.ts"
import { play } from "../simulation/world.ts"
import { clean, countsOf, decidedWorld, makeWorld, stepsOf, World, windowMs } from "./world.ts"

const sites = { leastRequests: { global: 1, ip: 5, url: 3, site: 1 } }

const halves = (seed: number) => {
  const steps = stepsOf(seed)
  const middle = Math.floor(steps.length / 2)
  return [steps.slice(0, middle), steps.slice(middle)] as const
}

describe("verify after any schedule of crashes, faults and second detectors", () => {
  it.each([true, false])("finds nothing lost, extra or different (steady: %s)", async (steady) => {
    for (let seed = 1; seed <= 25; seed++) {
      const { server } = await Effect.runPromise(play({ seed, steady }))
      server.setNetwork(perfectNetwork)
      const verification = await new World(server).verify()
      expect(verification.findings?.differences, `seed ${seed}`).toEqual([])
      expect(countsOf(verification), `seed ${seed}`).toEqual(clean)
    }
  })
})

describe("verify where sites are judged, too", () => {
  it("finds nothing lost, extra or different", async () => {
    let alerts = 0
    for (let seed = 1; seed <= 10; seed++) {
      const { server } = await Effect.runPromise(play({ seed, steady: seed % 2 === 0, sites: true }))
      server.setNetwork(perfectNetwork)
      const world = new World(server)
      const verification = await world.verify()
      expect(verification.findings?.differences, `seed ${seed}`).toEqual([])
      expect(countsOf(verification), `seed ${seed}`).toEqual(clean)
      alerts += world.alerts.filter(({ type }) => type === "SITE_ERROR_RATE").length
    }
    expect(alerts).toBeGreaterThan(20)
  })
})

describe("a LOGS that has lost its first messages", () => {
  it("is verified from the first record on whose lines it still holds, and the others are counted", async () => {
    const world = await decidedWorld(10)
    const records = world.records
    world.server.stream("LOGS").purge(records[3]!.through_seq)
    const verification = await world.verify()
    expect(countsOf(verification)).toEqual(clean)
    const { unverifiable } = verification.plan
    expect(unverifiable).toBeGreaterThan(2)
    expect(unverifiable + verification.findings!.windows.same).toBe(records.length)
    expect(records[unverifiable - 1]!.resume_seq).toBeGreaterThanOrEqual(records[3]!.through_seq)
  })

  it("is not blind for what comes behind", async () => {
    const world = await decidedWorld(10)
    world.server.stream("LOGS").purge(world.records[3]!.through_seq)
    world.delete("ALERTS", world.alerts.length)
    expect(countsOf(await world.verify()).alerts).toEqual([1, 0, 0])
  })

  it("while it is read is verified again from behind what it has lost", async () => {
    const world = await decidedWorld(10)
    const logs = world.server.stream("LOGS")
    const through = world.records[1]!.through_seq
    let purged = false
    world.server.setNetwork(
      networkOf({
        before: ({ stream, name }) =>
          Effect.sync(() => {
            if (stream !== "LOGS" || name !== "read" || purged) return
            purged = true
            logs.purge(through)
          })
      })
    )
    const verification = await world.verify()
    expect(purged).toBe(true)
    expect(countsOf(verification)).toEqual(clean)
    expect(verification.plan.unverifiable).toBeGreaterThan(0)
    expect(verification.findings!.windows.same).toBeGreaterThan(0)
  })

  it("before the detector had read them is verified behind the gap, which a record counts", async () => {
    for (const seed of [2, 5, 8, 9, 10, 14]) {
      const [first, second] = halves(seed)
      const world = await makeWorld()
      world.send(first)
      await world.detect()
      const decided = world.records.length
      const { lastSeq } = world.server.stream("LOGS")
      world.send(second)
      world.server.stream("LOGS").purge(lastSeq + 8)
      await world.detect()
      const gaps = world.records.reduce((sum, { since_last }) => sum + since_last.gap, 0)
      expect(gaps, `seed ${seed}`).toBe(7)
      const verification = await world.verify()
      expect(verification.findings?.differences ?? [], `seed ${seed}`).toEqual([])
      expect(verification.plan.unverifiable).toBeGreaterThanOrEqual(decided)
    }
  })

  it("that holds nothing any more leaves nothing to verify, and this is said", async () => {
    const world = await decidedWorld(10)
    world.server.stream("LOGS").purge()
    const { plan, findings } = await world.verify()
    expect(findings).toBeUndefined()
    expect(plan.unverifiable).toBe(world.records.length)
  })
})

describe("a detector that was started again with other flags", () => {
  it.each([
    { windowMs: 20_000 },
    { allowedLatenessMs: 8_000, windowMs: 5_000 },
    { urlKey: "target", language: "fr", leastRequests: { global: 1, ip: 1, url: 1 } },
    { errors: { global: "5xx", ip: "4xx", url: "200" } },
    { leastRequests: { global: 1, ip: 5, url: 3, site: 1 } },
    { reading: { ...defaultReading, templates: { auto: 1, declared: ["/:page"] } } },
    { reading: undefined }
  ] as const)("is verified by those of each record (%o)", async (settings) => {
    for (const seed of [2, 5, 8, 9, 14]) {
      const [first, second] = halves(seed)
      const world = await makeWorld()
      world.send(first)
      await world.detect()
      world.send(second)
      await world.detect(settings)
      const verification = await world.verify()
      expect(verification.findings!.differences).toEqual([])
      expect(countsOf(verification)).toEqual(clean)
      expect(verification.findings!.restarts).toBe(1)
      expect(verification.findings!.windows.same).toBe(world.records.length)
    }
  })

  it("is verified where sites are judged from then on, and where they no longer are", async () => {
    for (const seed of [2, 5, 8, 9, 14]) {
      const [first, second] = halves(seed)
      for (const [before, after] of [
        [{}, sites],
        [sites, {}]
      ]) {
        const world = await makeWorld()
        world.send(first, sitedText)
        await world.detect(before)
        world.send(second, sitedText)
        await world.detect(after)
        const verification = await world.verify()
        expect(verification.findings!.differences, `seed ${seed}`).toEqual([])
        expect(countsOf(verification)).toEqual(clean)
        expect(verification.findings!.windows.same).toBe(world.records.length)
        const told = world.records.map(({ keys }) => keys.site !== undefined)
        expect(new Set(told)).toEqual(new Set([true, false]))
      }
    }
  })

  it.each([1, 2, 4, 5, 8, 9, 14])(
    "is verified where traffic is ignored by other rules, each line counted once (seed %i)",
    async (seed) => {
      const [first, second] = halves(seed)
      const world = await makeWorld()
      const ignoring = (text: string, revision: number) => {
        const parsed = parseIgnore(text)
        if (!parsed.ok) throw new Error(parsed.reason)
        return { ...defaultReading, ignore: { revision, rules: parsed.rules }, bots: declaredBots }
      }
      world.send(first)
      await world.detect({ reading: ignoring("path=/a; status=5xx client=10.0.0.1", 3) })
      const before = world.records.length
      world.send(second)
      await world.detect({ reading: ignoring("path=/c", 4) })
      const verification = await world.verify()
      expect(verification.findings!.differences).toEqual([])
      expect(countsOf(verification)).toEqual(clean)
      expect(world.records[before - 1]!.rules.reading!.ignore!.revision).toBe(3)
      expect(world.records[before]!.rules.reading!.ignore!.revision).toBe(4)
      const ignored = world.records.flatMap(({ since_last }) => Object.entries(since_last.ignored ?? {}))
      expect(new Set(ignored.map(([rule]) => rule))).toEqual(
        new Set(["path=/a", "status=5xx client=10.0.0.1", "path=/c"])
      )
      let lines = ignored.reduce((sum, [, n]) => sum + n, 0)
      for (const { total, revision, since_last } of world.records) {
        lines += (revision?.added.total ?? total) + since_last.late
        for (const n of Object.values(since_last.rejected)) lines += n
      }
      const sent = stepsOf(seed).reduce(
        (n, s) => n + (s.kind === "message" ? s.lines.length : s.kind === "garbage" ? 1 : 0),
        0
      )
      expect(lines).toBe(sent)
    }
  )

  it("lets decided windows go where URLs are counted under other templates", async () => {
    const [first, second] = halves(2)
    const world = await makeWorld()
    world.send(first)
    await world.detect({ horizonMs: 600_000 })
    const before = world.records.length
    world.send(second)
    const templates = { declared: ["/:page"] }
    await world.detect({ horizonMs: 600_000, reading: { ...defaultReading, templates } })
    const later = world.records.slice(before)
    expect(later.some(({ top }) => top.url.some(({ key }) => key === "/:page"))).toBe(true)
    const decidedMs = parseRfc3339(world.records[before - 1]!.decided_through)!
    for (const { start } of later) expect(parseRfc3339(start)!).toBeGreaterThanOrEqual(decidedMs)
    expect(countsOf(await world.verify())).toEqual(clean)
  })

  it.each([
    { idleMs: 20_000, maxBehindMs: 7_000 },
    { sourceOffsets: { web1: -20_000 } },
    { sourceOffsets: { web1: 15_000 }, allowedLatenessMs: 1_000 },
    { leastRequests: { global: 1, ip: 1, url: 1 }, language: "fr" }
  ] as const)("goes on with the windows that still take lines where they are counted alike (%o)", async (settings) => {
    for (const seed of [2, 4, 5, 8, 9, 14]) {
      const [first, second] = halves(seed)
      const world = await makeWorld()
      world.send(first)
      // As a detector did that knew nothing of kinds of errors.
      await world.detect({ horizonMs: 600_000, errors: undefined })
      const before = world.records.length
      world.send(second)
      await world.detect({ horizonMs: 600_000, ...settings })
      expect(countsOf(await world.verify()), `seed ${seed}`).toEqual(clean)
      // No line is counted twice, and none is late.
      let lines = 0
      for (const { total, revision, since_last } of world.records) {
        lines += (revision?.added.total ?? total) + since_last.late
        for (const n of Object.values(since_last.rejected)) lines += n
        expect(since_last.late, `seed ${seed}`).toBe(0)
      }
      const sent = stepsOf(seed).reduce(
        (n, s) => n + (s.kind === "message" ? s.lines.length : s.kind === "garbage" ? 1 : 0),
        0
      )
      expect(lines, `seed ${seed}`).toBe(sent)
      const [last, next] = [world.records[before - 1]!, world.records[before]!]
      expect(next.late_before! >= last.late_before!).toBe(true)
      expect(next.late_before! < last.decided_through).toBe(true)
    }
  })

  it("lets French alerts keep the words of the version that raised them", async () => {
    const [first, second] = halves(8)
    const world = await makeWorld()
    world.send(first)
    await world.detect({ language: "fr" })
    const [records, alerts] = [world.records.length, world.alerts.length]
    world.send(second)
    await world.detect(messagesIn("fr"))
    const messages = world.alerts.map(({ message }) => message)
    for (const message of messages.slice(0, alerts)) expect(message).toMatch(/ : \d+ requêtes sur .*\.\d %/)
    for (const message of messages.slice(alerts)) expect(message).toMatch(/\u00a0: \d+ requêtes? sur .*,\d\u202f%/)
    expect(alerts).toBeGreaterThan(0)
    expect(messages.length).toBeGreaterThan(alerts)
    expect(world.records.slice(0, records).some(({ rules }) => rules.wording !== undefined)).toBe(false)
    expect(world.records.slice(records).every(({ rules }) => rules.wording === 2)).toBe(true)
    expect(countsOf(await world.verify())).toEqual(clean)
  })

  it("is not a reason to overlook a lost alert", async () => {
    const [first, second] = halves(8)
    const world = await makeWorld()
    world.send(first)
    await world.detect()
    const before = world.alerts.length
    world.send(second)
    await world.detect({ windowMs: 20_000 })
    world.delete("ALERTS", before - 1)
    world.delete("ALERTS", before + 2)
    expect(countsOf(await world.verify())).toEqual({ windows: [0, 0, 0], alerts: [2, 0, 0] })
  })
})

describe("a LOGS that was made anew", () => {
  it("is verified from its first message on; records of the former one are counted as not verifiable", async () => {
    const world = await decidedWorld(6)
    const before = world.records.length
    world.server.stream("LOGS").recreate("2026-01-01T00:00:00Z")
    const later = stepsOf(9).map((step) =>
      step.kind === "message"
        ? { ...step, lines: step.lines.map((line) => ({ ...line, timeMs: line.timeMs + 60_000 })) }
        : step
    )
    world.send(later)
    await world.detect()
    const verification = await world.verify()
    expect(verification.findings!.differences).toEqual([])
    expect(countsOf(verification)).toEqual(clean)
    expect(verification.plan.unverifiable).toBe(before)
    expect(verification.findings!.windows.same).toBe(world.records.length - before)
    expect(world.records.length).toBeGreaterThan(before)
  })
})

describe("a WINDOWS that holds nothing", () => {
  it("any more has lost what LOGS still gives", async () => {
    const world = await decidedWorld(6)
    const { length } = world.records
    world.server.stream("WINDOWS").purge()
    expect(countsOf(await world.verify()).windows).toEqual([length, 0, 0])
  })

  it("and never did leaves alerts that no record gives", async () => {
    const world = await decidedWorld(6)
    const { length } = world.alerts
    world.server.stream("WINDOWS").recreate("2026-01-01T00:00:00Z")
    expect(countsOf(await world.verify()).alerts).toEqual([0, length, 0])
  })

  it("has lost nothing where LOGS holds nothing either", async () => {
    const world = await decidedWorld(6)
    world.server.stream("WINDOWS").purge()
    world.server.stream("LOGS").purge()
    expect((await world.verify()).findings).toBeUndefined()
  })
})

describe("what is not decided yet", () => {
  it("is said and not counted", async () => {
    const [first, second] = halves(10)
    const world = await makeWorld()
    world.send(first)
    await world.detect()
    const through = world.records.at(-1)!.through_seq
    world.send(second)
    const verification = await world.verify()
    expect(countsOf(verification)).toEqual(clean)
    expect(verification.plan.logs.lastSeq).toBeGreaterThan(through)
    expect(verification.findings!.logs.throughSeq).toBe(through)
  })

  it("is everything where the detector has never run", async () => {
    const world = await makeWorld()
    world.send(stepsOf(1))
    const verification = await world.verify()
    expect(verification.findings).toBeUndefined()
    expect(verification.plan.unverifiable).toBe(0)
    expect(jsonOf(verification, undefined, 0)).toMatchObject({
      ok: true,
      undecided: { messages: world.server.stream("LOGS").lastSeq }
    })
  })
})

describe("a span of time", () => {
  it("is verified alone", async () => {
    const world = await decidedWorld(10)
    const records = world.records
    const [fromMs, toMs] = [parseRfc3339(records[3]!.start)!, parseRfc3339(records[6]!.start)!]
    const whole = await world.verify({ fromMs, toMs })
    expect(countsOf(whole)).toEqual(clean)
    expect(whole.findings!.windows.same).toBe(3)
    expect(whole.findings!.alerts.same).toBe(
      world.alerts.filter(({ window }) => window.start >= records[3]!.start && window.start < records[6]!.start).length
    )
    const between = await world.verify({ fromMs: fromMs + windowMs / 2, toMs: fromMs + windowMs / 2 + 1 })
    expect(between.findings!.windows.same).toBe(1)
  })

  it("does not show what is wrong outside of it, and shows what is wrong inside", async () => {
    const world = await decidedWorld(10)
    const records = world.records
    world.alter("WINDOWS", 2, { ...records[1]!, total: 1_000 })
    const fromMs = parseRfc3339(records[3]!.start)!
    expect(countsOf(await world.verify({ fromMs }))).toEqual(clean)
    expect(countsOf(await world.verify({ toMs: fromMs })).windows).toEqual([0, 0, 1])
  })
})
