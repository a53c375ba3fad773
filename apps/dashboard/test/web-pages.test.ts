import type { Alert } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { type AlertsPage, withNewest, withOlder } from "../web/src/pages.ts"

/** Alerts from one sequence down to another. */
const page = (from: number, to: number, next: number | null = to): AlertsPage => ({
  alerts: Array.from({ length: from - to + 1 }, (_, i) => ({ seq: from - i, alert: {} as Alert })),
  next
})

const seqs = (p: AlertsPage) => p.alerts.map(({ seq }) => seq)

describe("the list of each alert", () => {
  it("keeps the older ones that were asked for when new ones come, without a hole and none twice", () => {
    const known = withOlder(page(10, 8), page(7, 5))
    const after = withNewest(page(12, 10), known)
    expect(seqs(after)).toEqual([12, 11, 10, 9, 8, 7, 6, 5])
    expect(after.next).toBe(5)
  })

  it("lets go of the older ones where more has come than a page holds", () => {
    expect(withNewest(page(30, 28), page(10, 5))).toEqual(page(30, 28))
  })

  it("is the newest page alone where that is all there is, and at first", () => {
    expect(withNewest(page(3, 1, null), page(9, 5))).toEqual(page(3, 1, null))
    expect(withNewest(page(9, 7), undefined)).toEqual(page(9, 7))
    expect(withNewest(page(0, 1, null), page(9, 5)).alerts).toEqual([])
  })
})
