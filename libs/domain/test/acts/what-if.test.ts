import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { Acts, actOf, type Certificate, type IncidentEvent, levelWithin, type Said, Telling } from "../../src/index.ts"
import { eventOf } from "./event.ts"

const certificate: Certificate = {
  ...eventOf().certificate,
  family: "url.server",
  evidence: 16,
  level: 15,
  // The share of its family: 0.18 of the 0.4 that is spent of one a week.
  budget_weekly: 0.072,
  budget_total_weekly: 1
}

const at = (minute: number, evidence: number, type: IncidentEvent["type"] = "grew"): IncidentEvent => ({
  ...eventOf({ timestamp: `2026-11-28T10:${minute}:10Z` }),
  type,
  certificate: { ...certificate, evidence }
})

const actsOf = (...all: ReadonlyArray<Said>) =>
  new Acts(
    all.map((said, i) => Result.getOrThrow(actOf(said, { by: "anne", atMs: Date.UTC(2026, 10, 28), token: `${i}` })))
  )
const until = (time: string): Said => ({
  type: "silence",
  match: { key: "/broken" },
  from: "2026-11-28T00:00:00Z",
  until: time
})
const told = (events: ReadonlyArray<IncidentEvent>, by: Partial<ConstructorParameters<typeof Telling>[0]> = {}) => {
  const telling = new Telling({ acts: new Acts(), ...by }, 100)
  for (const event of events) telling.add(event)
  return telling.incidents[0]
}

describe("the level within a smaller budget", () => {
  it("rises by a nat where the budget is smaller by e, as theory has it, and more where false incidents get rarer slowly", () => {
    expect(levelWithin(certificate, 1 / Math.E)).toBeCloseTo(16)
    expect(levelWithin(certificate, 1 / Math.E, { slope: 0.25 })).toBeCloseTo(19)
  })

  it("stays where the budget does, or where it is what has to be told", () => {
    expect(levelWithin(certificate, 1)).toBe(15)
    expect(levelWithin({ ...certificate, budget_weekly: 0.5 }, 0.01)).toBe(15)
  })
})

describe("what would have been told", () => {
  it("is told at its first event as things are", () => {
    expect(told([at(10, 16, "opened"), at(11, 30)])?.told).toBe("2026-11-28T10:10:10Z")
  })

  it("is told later, or not at all, within a smaller budget", () => {
    const events = [at(10, 16, "opened"), at(11, 17), at(12, 18, "closed")]
    expect(told(events, { budgetWeekly: Math.exp(-1.5) })?.told).toBe("2026-11-28T10:11:10Z")
    expect(told(events, { budgetWeekly: Math.exp(-2.5) })).toMatchObject({ event: { type: "closed" } })
    expect(told(events, { budgetWeekly: Math.exp(-2.5) })?.told).toBeUndefined()
    const thresholdOf = () => ({ slope: 10 })
    expect(told(events, { budgetWeekly: Math.exp(-2.5), thresholdOf })?.told).toBe("2026-11-28T10:10:10Z")
  })

  it("is told when the silence is over, if it still goes on", () => {
    const events = [at(10, 16, "opened"), at(20, 40), at(30, 40, "closed")]
    expect(told(events, { acts: actsOf(until("2026-11-28T10:15:00Z")) })?.told).toBe("2026-11-28T10:20:10Z")
    const quiet = told(events, { acts: actsOf(until("2026-11-28T10:25:00Z")) })
    expect(quiet?.told).toBeUndefined()
    expect(quiet?.silenced?.type).toBe("silence")
  })

  it("keeps the newest incidents, and counts those it let go of", () => {
    const telling = new Telling({ acts: new Acts() }, 2)
    for (const id of ["a", "b", "c"]) telling.add(eventOf({ id }))
    expect(telling.incidents.map(({ event }) => event.id)).toEqual(["b", "c"])
    expect(telling.left).toBe(1)
  })
})
