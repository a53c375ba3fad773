import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { cleanCases, runClean } from "../src/evaluate/clean.ts"
import type { IncidentResult } from "../src/evaluate/incidents.ts"
import { digestOf, markdownOf } from "../src/evaluate/markdown.ts"
import { fixedRule } from "../src/evaluate/methods.ts"
import { brokenInIncidents, brokenOnClean, lows, slow } from "../src/evaluate/promises.ts"
import { Tally } from "../src/evaluate/tally.ts"
import { isKept, type OfDimension, runTraffic, trafficCases, trafficScale } from "../src/evaluate/traffic.ts"
import { trafficSection } from "../src/evaluate/traffic-page.ts"

const page = readFileSync(new URL("../../../docs/evaluation.md", import.meta.url), "utf8")

/** What stands between two headings, or other texts. */
const between = (from: string, to: string): string => {
  const start = page.indexOf(from)
  expect(start).toBeGreaterThanOrEqual(0)
  return page.slice(start + from.length, page.indexOf(to, start + from.length)).trim()
}

/** The cells of the rows of a piece of the page that begin so. */
const rowsOf = (piece: string, begins: RegExp): ReadonlyArray<ReadonlyArray<string>> =>
  piece
    .split("\n")
    .filter((line) => line.startsWith("| ") && begins.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, -1))

describe("the page of the evaluation", () => {
  it("keeps every promise, by its own words and by its figures", () => {
    expect(between("Broken:", "Fewer alerts overall")).toBe("None.")
    const clean = rowsOf(between("## Clean traffic", "## By number of requests"), /^\| calibrated /)
    expect(clean).toHaveLength(12)
    const shares = clean.flatMap((row) => row.slice(1).map(Number.parseFloat))
    expect(shares).toHaveLength(36)
    for (const share of shares) expect(share).toBeLessThanOrEqual(1.5)
    // Below half a per cent only where the page shows that the next step would be too many.
    const few = rowsOf(between("Fewer alerts overall", "## Clean traffic"), /^\| (small|large) /)
    expect(shares.filter((share) => share < 0.5)).toEqual(few.map((row) => Number(row[3])))
    for (const row of few) expect(Number(row[4])).toBeGreaterThan(1)
    for (const row of rowsOf(between("## By number of requests", "Below half"), /^\| (small|large) /)) {
      for (const cell of row.slice(2)) if (/^\d/.test(cell)) expect(Number(cell)).toBeLessThan(2)
    }
  })

  it("has incidents seen in time, and nothing published after a third of the history was attacked", () => {
    const rows = rowsOf(between("## Incidents", "## Real logs"), /\| calibrated /)
    expect(rows).toHaveLength(45)
    for (const [, attacked, , seen, delay] of rows) {
      if (Number(attacked) >= 30) expect(seen).toBe("refused")
      if (seen === "refused") {
        expect(Number(attacked)).toBeGreaterThan(5)
        continue
      }
      const [found, of] = seen!.split(" of ").map(Number) as [number, number]
      expect(found / of).toBeGreaterThanOrEqual(0.95)
      expect(Number(delay)).toBeLessThanOrEqual(2)
    }
  })

  it("is as the command has written it: a figure that was changed by hand is noticed", () => {
    const [, text, digest] = /^([\s\S]*\n)\n<!-- written by npm run evaluate, ([0-9a-f]{64}) -->\n$/.exec(page)!
    expect(digestOf(text!)).toBe(digest)
    for (const row of text!.split("\n").filter((line) => /^\| .*\d/.test(line))) {
      const falsified = row.replace(/\d/, (digit) => `${(Number(digit) + 1) % 10}`)
      expect(digestOf(text!.replace(row, falsified))).not.toBe(digest)
    }
  })

  it("has a row for each kind of traffic, and begins with those that are not as promised", () => {
    const section = between("## Other traffic", "## Real logs")
    const rows = rowsOf(section, /^\| (?!traffic|---)/)
    expect(rows.map(([name]) => name)).toEqual(trafficCases(7, trafficScale).map(({ site }) => site.name))
    const listed = section.slice(0, section.indexOf("Of which fewer"))
    for (const [name, ...cells] of rows) {
      const isBroken = cells.slice(0, 3).some((cell) => {
        const [share, worst, told] = cell.split(", ").map(Number.parseFloat) as [number, number, number]
        return share > 1.5 * Math.max(1, told) + 0.01 || worst > 3 * Math.max(1, told) + 0.01
      })
      if (isBroken) expect(listed).toContain(`- ${name}`)
    }
  })

  it.each(["bots at night, other addresses each night", "× 2 in the middle of the history"])(
    "is what this code finds of other traffic: %s",
    (name) => {
      const { site, faultAt } = trafficCases(7, trafficScale).find((of) => of.site.name === name)!
      const found = trafficSection([runTraffic(site, trafficScale, faultAt)])
      const row = found.split("\n").find((line) => line.startsWith(`| ${name}`))
      expect(page.split("\n")).toContain(row)
    },
    120_000
  )

  it.each(cleanCases(1).filter(({ name }) => /^small site.*10-s/.test(name)))(
    "is what this code finds: $name",
    (of) => {
      const lines = markdownOf({ clean: [runClean(of)], incidents: [], real: [], traffic: [] }).split("\n")
      const figures = lines.filter((line) => line.startsWith("| "))
      expect(figures.length).toBeGreaterThan(10)
      const there = new Set(page.split("\n"))
      expect(figures.filter((line) => !there.has(line))).toEqual([])
    },
    120_000
  )
})

describe("a broken promise is noticed", () => {
  const result = (least: number, requests: number, errors: number) => {
    const tally = new Tally({ name: "", least: { global: () => least, ip: () => least, url: () => least } })
    for (let i = 0; i < 1_000; i++) tally.add("ip", requests, i < 30 ? errors : 0)
    for (const d of ["global", "url"] as const) for (let i = 0; i < 1_000; i++) tally.add(d, 40, i < 10 ? least : 0)
    return {
      of: { ...cleanCases(1)[0]!, name: "site" },
      calibrated: { calibrations: {} as never, refusal: undefined, rule: fixedRule, thresholds: undefined },
      tallies: [tally]
    }
  }

  it("when clean traffic alerts too often", () => {
    expect(brokenOnClean([result(2, 5, 2)])).toEqual(["site, ip: 3.00% overall", "site, ip, 3–9 requests: 3.00%"])
  })

  it("when it alerts too seldom, unless the next step would be too many", () => {
    expect(brokenOnClean([result(4, 5, 2)])).toEqual(["site, ip: 0.00% overall"])
    expect(brokenOnClean([result(3, 5, 2)])).toEqual([])
    expect(lows([result(3, 5, 2)], "bucket")).toMatchObject([{ bucket: "3–9", share: 0, nextStep: 0.03, coarse: true }])
  })

  it("when other traffic alerts more than was promised and told, over all or at some hours", () => {
    const of: OfDimension = { refused: undefined, byHour: false, told: 0.009, share: 0.01, worst: 0.02, sees: 1 }
    expect(isKept(of)).toBe(true)
    expect(isKept({ ...of, share: 0.016 })).toBe(false)
    expect(isKept({ ...of, worst: 0.031 })).toBe(false)
    expect(isKept({ ...of, share: 0.05, worst: 0.08, told: 0.04 })).toBe(true)
    expect(isKept({ ...of, share: 0.05, refused: "too little" })).toBe(true)
  })

  it("when nothing is published", () => {
    const refused = result(2, 5, 1)
    expect(brokenOnClean([{ ...refused, calibrated: { ...refused.calibrated, rule: undefined } }])).toEqual([
      "site: nothing was published"
    ])
  })

  it("when incidents are missed, are seen late, or had made the threshold blind", () => {
    const incident = (
      contamination: number,
      refusal: string | undefined,
      seen: { seen?: number; meanDelay?: number; delay95?: number } = {}
    ): IncidentResult => ({
      attack: "an attack",
      errorRate: 0.05,
      contamination,
      refusal,
      calibrated: {} as never,
      seen: [{ method: "calibrated", incidents: 72, seen: 72, meanDelay: 1, delay95: 1, precision: 1, ...seen }]
    })
    const whys = (result: IncidentResult) => brokenInIncidents([result]).map((text) => text.split(": ")[1])
    expect(whys(incident(0.05, undefined))).toEqual([])
    expect(whys(incident(0.05, "refused"))).toEqual(["refused"])
    expect(whys(incident(0.05, undefined, { seen: 68 }))).toEqual(["68 of 72 seen"])
    expect(whys(incident(0.05, undefined, { meanDelay: 2.1 }))).toEqual(["seen after 2.10 windows"])
    expect(whys(incident(0.1, "refused"))).toEqual([])
    expect(whys(incident(0.1, undefined, { seen: 10 }))).toEqual(["10 of 72 seen"])
    expect(whys(incident(0.3, undefined))).toEqual(["published"])
    expect(slow([incident(0.05, undefined, { delay95: 3 })])).toHaveLength(1)
  })
})
