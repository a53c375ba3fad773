import { firstModel } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { restlessText } from "../src/compute/restless.ts"

describe("what is said of a restless history", () => {
  const model = firstModel(10_000, 1)

  it("is nothing where every incident of the usual size is told", () => {
    expect(restlessText(model)).toBe("")
  })

  it("names what goes untold in words, and what is told all the same", () => {
    const conservative = { strength: 90, weekly: 0.1, weeks: 2, slope: 0.1, conservative: true }
    const text = restlessText({
      ...model,
      thresholds: { ...model.thresholds, "global.server": conservative, "ip.client": conservative }
    })
    expect(text).toContain("not told (5xx of all traffic, 4xx of a client).")
    expect(text).toContain("An outage of a quarter of the site is told in any case.")
  })
})
