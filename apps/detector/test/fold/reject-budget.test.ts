import { limits } from "@chaussettes/domain"
import { describe, expect, it } from "@effect/vitest"
import { RejectBudget } from "../../src/fold/reject-budget.ts"

describe("the budget of rejects", () => {
  it("has many at once, then as many as the seconds earn, and never more than at once", () => {
    let nowMs = 0
    const budget = new RejectBudget(() => nowMs)
    expect(budget.left()).toBe(limits.rejectsAtOnce)
    budget.spend(limits.rejectsAtOnce)
    expect(budget.left()).toBe(0)
    nowMs += 500
    expect(budget.left()).toBe(limits.rejectsASecond / 2)
    nowMs += 3_600_000
    expect(budget.left()).toBe(limits.rejectsAtOnce)
  })

  it("earns also when it is asked far more often than a reject is earned", () => {
    let nowMs = 0
    const budget = new RejectBudget(() => nowMs)
    budget.spend(limits.rejectsAtOnce)
    for (; nowMs < 1_000; nowMs += 0.1) budget.left()
    expect(budget.left()).toBeGreaterThan(0.9 * limits.rejectsASecond)
  })
})
