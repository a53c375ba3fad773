import { defaultSettings, type IncidentEvent, type WindowRecord } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { clean, countsOf, decidedWorld, makeWorld, stepsOf } from "./world.ts"

const seeds = [1, 2, 3, 4, 5, 6]

describe("verify and incidents", () => {
  it("derives the same events from the records and LOGS", async () => {
    for (const seed of seeds) {
      const world = await decidedWorld(seed)
      const verification = await world.verify()
      expect(countsOf(verification)).toEqual(clean)
      const { incidents, unverifiableIncidents } = verification.findings!
      expect([incidents.same, unverifiableIncidents]).toEqual([world.events.length, 0])
      expect(world.events.length).toBeGreaterThan(1)
    }
  })

  it("derives those of latency from lines that say how long requests took, and finds one that says something else", async () => {
    let found = 0
    for (const seed of seeds) {
      const world = await decidedWorld(seed)
      const slow = world.events.findIndex(({ kind }) => kind === "latency")
      if (slow < 0) continue
      found++
      world.rewrite("INCIDENTS", (events) => {
        const json = events[slow]!.json as IncidentEvent
        events[slow] = { ...events[slow]!, json: { ...json, latency: { ...json.latency, p95_us: 1 } } }
      })
      const verification = await world.verify()
      expect(countsOf(verification)).toEqual({ ...clean, incidents: [0, 0, 1] })
    }
    expect(found).toBeGreaterThan(0)
  })

  it("finds an event that is gone, one that nothing gives, one that says something else, and each of them by its name", async () => {
    const changes: ReadonlyArray<
      readonly [ReadonlyArray<number>, (events: Array<{ subject: string; json: unknown }>, at: number) => void]
    > = [
      [[1, 0, 0], (events, at) => events.splice(at, 1)],
      [
        [0, 1, 0],
        (events, at) => events.splice(at, 0, { ...events[at]!, json: { ...(events[at]!.json as object), id: "x" } })
      ],
      [[0, 1, 0], (events) => events.push({ subject: "incidents.url.drop", json: { schema: "other" } })],
      [
        [0, 0, 1],
        (events, at) => (events[at] = { ...events[at]!, json: { ...(events[at]!.json as object), requests: 7e6 } })
      ],
      [
        [0, 0, 1],
        (events, at) => {
          const json = events[at]!.json as IncidentEvent
          events[at] = { ...events[at]!, json: { ...json, certificate: { ...json.certificate, evidence: 99 } } }
        }
      ],
      [[0, 0, 1], (events, at) => (events[at] = { ...events[at]!, subject: "incidents.url.drop" })]
    ]
    for (const seed of seeds) {
      for (const [i, [wanted, change]] of changes.entries()) {
        const world = await decidedWorld(seed)
        const at = (seed * 7 + i) % world.events.length
        const { id } = world.events[at]!
        world.rewrite("INCIDENTS", (events) => change(events, at))
        const verification = await world.verify()
        expect({ seed, i, ...countsOf(verification) }).toEqual({ seed, i, ...clean, incidents: wanted })
        const named = verification.findings!.differences.map((difference) => difference.id)
        expect(named.every((name) => name === id || name === "x" || name === "")).toBe(true)
      }
    }
  })

  it("notices that the detector judged by another model than the record says", async () => {
    const world = await decidedWorld(2)
    world.judgeBy(40)
    const digest = (seq: number) => world.records[seq - 1]!.incidents!.model.digest
    const other = await makeWorld()
    other.judgeBy(40)
    other.send(stepsOf(2).slice(0, 40))
    await other.detect({ allowedLatenessMs: 1_000, horizonMs: 10_000 })
    const { model } = other.records[0]!.incidents!
    expect(model.digest).not.toBe(digest(1))
    world.rewrite("WINDOWS", (records) => {
      for (const record of records) {
        const json = record.json as WindowRecord
        if (json.incidents !== undefined) record.json = { ...json, incidents: { ...json.incidents, model } }
      }
    })
    const { lost, extra } = (await world.verify()).findings!.incidents
    expect(lost + extra).toBeGreaterThan(0)
  })

  it("goes on over a change of the model, and over lives of the detector", async () => {
    const world = await makeWorld()
    const steps = stepsOf(4)
    const settings = { allowedLatenessMs: 1_000, horizonMs: 10_000 }
    const thirds = [0, 1, 2, 3].map((i) => Math.round((steps.length * i) / 3))
    for (const [i, strength] of [2, 1.5, 3].entries()) {
      world.judgeBy(strength)
      world.send(steps.slice(thirds[i], thirds[i + 1]))
      await world.detect(settings)
    }
    const named = new Set(world.records.flatMap(({ incidents }) => incidents?.model.revision ?? []))
    expect([...named]).toEqual([1, 2, 3])
    expect(world.records.filter(({ incidents }) => incidents?.begins)).toHaveLength(1)
    const verification = await world.verify()
    expect(countsOf(verification)).toEqual(clean)
    expect(verification.findings!.incidents.same).toBe(world.events.length)
  })

  it("begins again where the detector had to, and what was open is closed as forgotten", async () => {
    const world = await makeWorld()
    const steps = stepsOf(4)
    const settings = { allowedLatenessMs: 1_000, horizonMs: 10_000 }
    world.judgeBy(1.5)
    world.send(steps.slice(0, steps.length >> 1))
    await world.detect(settings)
    const open = openIn(world.events)
    expect(open.size).toBeGreaterThan(0)
    // The checkpoint is gone, and LOGS does not hold the lines any more that incidents began with.
    const detector = world.server.stream("KV_detector")
    detector.delete(detector.lastOf("checkpoint")!.seq)
    world.server.stream("LOGS").purge(3)
    const before = world.events.length
    world.send(steps.slice(steps.length >> 1))
    await world.detect(settings)
    expect(world.records.filter(({ incidents }) => incidents?.begins)).toHaveLength(2)
    const forgotten = world.events.filter(({ closed_why }) => closed_why === "forgotten")
    expect(new Set(forgotten.map(({ id }) => id))).toEqual(open)
    const verification = await world.verify()
    expect(verification.findings!.incidents).toMatchObject({ lost: 0, extra: 0, different: 0 })
    // From where it begins, all but what was open before.
    const [, begin] = world.records.filter(({ incidents }) => incidents?.begins)
    const behind = world.events.filter(({ timestamp }) => timestamp >= begin!.end)
    expect(verification.findings!.incidents.same).toBe(behind.length - forgotten.length)
    expect(world.events.length).toBeGreaterThan(before + forgotten.length)
  })

  it("says how many events it cannot derive where a span begins in the midst", async () => {
    const world = await decidedWorld(4)
    const fromMs = Date.parse(world.records[3]!.start)
    const verification = await world.verify({ fromMs })
    const { incidents, unverifiableIncidents } = verification.findings!
    expect(countsOf(verification)).toEqual(clean)
    expect(incidents.same).toBe(0)
    const behind = world.events.filter(({ timestamp }) => Date.parse(timestamp) >= fromMs + defaultSettings.windowMs)
    expect(unverifiableIncidents).toBe(behind.length)
  })
})

const openIn = (events: ReadonlyArray<IncidentEvent>): ReadonlySet<string> => {
  const open = new Set<string>()
  for (const { id, type } of events) {
    if (type === "closed") open.delete(id)
    else open.add(id)
  }
  return open
}
