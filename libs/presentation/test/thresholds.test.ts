import { leastErrors, type Threshold } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { ruleText, severityText, wholeRuleText } from "../src/index.ts"

/** Spaces that do not break are spaces here. */
const spaced = (text: string) => text.replace(/[\u00a0\u202f]/g, " ")

const table: Threshold = {
  rate: 0.0703,
  least_errors: [
    [3, 2],
    [10, 4],
    [100, 15],
    [1_000, 90]
  ]
}

describe("a threshold that people can read", () => {
  it("says from where on it alerts, in both languages", () => {
    expect(ruleText("en", 0.1)).toBe("alerts above 10%")
    expect(spaced(ruleText("fr", 0.1))).toBe("alerte au-dessus de 10 %")
    expect(ruleText("en", 1)).toBe("never alerts")
    expect(ruleText("en", table)).toBe("alerts from 7% on, and at least 2 errors")
    expect(spaced(ruleText("fr", table))).toBe("alerte à partir de 7 %, et d’au moins 2 erreurs")
  })

  it("says of a table what it asks of few requests, by the rule that the detector judges by", () => {
    expect(wholeRuleText("en", table)).toBe(
      `alerts from 7% on, and at least 2 errors (${leastErrors(table, 5)} of 5 requests, 4 of 10, 15 of 100, 90 of 1,000)`
    )
    expect(spaced(wholeRuleText("fr", table))).toContain("requêtes sur 5, 4 sur 10, 15 sur 100, 90 sur 1 000)")
    expect(wholeRuleText("en", 0.1)).toBe("alerts above 10%")
  })
})

describe("a severity", () => {
  it("says that it is of few requests where it is: three errors of three are no outage", () => {
    expect(severityText("en", "HIGH", 3)).toBe("high, of few requests")
    expect(severityText("fr", "HIGH", 3)).toBe("haute, sur peu de requêtes")
    expect(severityText("en", "HIGH", 10)).toBe("high")
    expect(severityText("en", "MEDIUM", 3)).toBe("medium")
  })
})
