import { defaultSettings, rulesOf, type WindowRecord } from "@chaussettes/domain"
import type { ThresholdEntry } from "@chaussettes/jetstream"
import { describe, expect, it } from "vitest"
import { alertsADay, Effects, historyOf } from "../src/history/entries.ts"

const entry = (key: ThresholdEntry["key"], revision: number, text: string): ThresholdEntry => ({
  key,
  revision,
  text,
  createdMs: revision * 1_000
})

const record = (minute: number, ip: { readonly value: number; readonly revision: number }, breaches: number) =>
  ({
    end: `2026-01-05T10:${`${minute}`.padStart(2, "0")}:10Z`,
    seuils: { global: { value: 0.1, revision: 1 }, ip, url: { value: 0.5, revision: 3 } },
    breaches: { global: 0, ip: breaches, url: 0 },
    rules: rulesOf(defaultSettings)
  }) as unknown as WindowRecord

describe("the history of the thresholds", () => {
  const entries = [
    entry("global", 1, "0.1"),
    entry("ip", 2, "0.3"),
    entry("url", 3, "0.5"),
    entry("ip", 4, "0.4"),
    entry(
      "metadata",
      5,
      JSON.stringify({ method: "percentile_99", publication: "p", revisions: { global: 1, ip: 4, url: 3 } })
    ),
    entry("ip", 6, "0.9"),
    entry("ip", 7, "abc")
  ]
  const effects = new Effects()
  effects.add(record(0, { value: 0.3, revision: 2 }, 5))
  effects.add(record(30, { value: 0.4, revision: 4 }, 2))
  effects.add(record(31, { value: 0.4, revision: 4 }, 0))
  effects.add(record(40, { value: 0.9, revision: 6 }, 0))
  effects.add(record(50, { value: 0.7, revision: 99 }, 1))
  const history = historyOf(entries, effects)
  const at = (revision: number) => history.find((h) => h.revision === revision && h.dimension === "ip")!

  it("says by whom each was put: the first values, a method, an operator", () => {
    expect(at(2).by).toBe("first values")
    expect(at(4)).toMatchObject({ by: "percentile_99", publication: "p" })
    expect(at(6)).toMatchObject({ by: "operator", value: 0.9 })
    expect(at(7)).toMatchObject({ by: "operator", value: undefined, text: "abc" })
  })

  it("says how much each alerted while it was in force, by the records it judged", () => {
    expect(at(2).effect).toMatchObject({ windows: 1, breaches: 5 })
    expect(at(4).effect).toMatchObject({ windows: 2, breaches: 2 })
    expect(at(6).effect).toMatchObject({ windows: 1, breaches: 0 })
    expect(at(7).effect).toBeUndefined()
    expect(alertsADay(at(4).effect!)).toBe(48)
  })

  it("knows of those that the bucket has forgotten from the records alone", () => {
    expect(at(99)).toMatchObject({ value: 0.7, by: "no longer known", createdMs: undefined })
  })
})
