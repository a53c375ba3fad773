import { describe, expect, it } from "vitest"
import { dayIn, hourIn, zoneOf } from "../src/zone.ts"

const at = (text: string) => Date.parse(text)

describe("a zone", () => {
  it.each([
    ["UTC", "2026-03-29T00:30:00Z", 0],
    ["z", "2026-03-29T00:30:00Z", 0],
    ["+02:00", "2026-01-01T00:00:00Z", 120],
    ["Asia/Kolkata", "2026-01-01T00:00:00Z", 330],
    // The clock is set forward at 01:00 UTC, and back at 01:00 UTC in October.
    ["Europe/Paris", "2026-03-29T00:59:59Z", 60],
    ["Europe/Paris", "2026-03-29T01:00:00Z", 120],
    ["Europe/Paris", "2026-10-25T00:59:59Z", 120],
    ["Europe/Paris", "2026-10-25T01:00:00Z", 60]
  ])("%s is at %s %i minutes ahead", (name, time, minutes) => {
    expect(zoneOf(name)!.offsetMs(at(time)) / 60_000).toBe(minutes)
  })

  it("that there is not is none", () => {
    expect(zoneOf("Mars/Base")).toBeUndefined()
  })

  it("has days, weekdays and hours of its own", () => {
    const paris = zoneOf("Europe/Paris")!
    const late = at("2026-11-01T23:30:00Z")
    expect(dayIn(paris, late)).toBe(at("2026-11-02T00:00:00Z") / 86_400_000)
    // A Monday, half past midnight.
    expect(hourIn(paris, late)).toEqual({ weekday: 0, hour: 0 })
    expect(hourIn(zoneOf("UTC")!, late)).toEqual({ weekday: 6, hour: 23 })
  })
})
