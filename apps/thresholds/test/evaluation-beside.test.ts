import { describe, expect, it } from "vitest"
import { isForAll, runBeside } from "../src/evaluate/families/beside.ts"
import { families } from "../src/evaluate/families/families.ts"
import { planted } from "../src/evaluate/families/faults.ts"
import { besideText } from "../src/evaluate/families/page-beside.ts"
import { plotBeside } from "../src/evaluate/families/plot-beside.ts"
import { RivalHistory } from "../src/evaluate/families/rivals.ts"
import { SiteWindow } from "../src/evaluate/families/window.ts"

/** A window of all traffic and one URL, of which some requests fail with 5xx. */
const windowAt = (i: number, requests: number, errors: number): SiteWindow => {
  const window = new SiteWindow(
    i * 10_000,
    10_000,
    (url) => `/${url}`,
    (ip) => `192.0.2.${ip}`
  )
  window.toUrl(1, requests, 0, errors)
  window.fine(1, requests - errors)
  for (let k = 0; k < errors; k++) window.failed(1, 1, 500)
  return window
}

describe("the methods beside incidents", () => {
  const history = new RivalHistory(1)
  // 1 % errors, and one hour of a day with 10 %.
  for (let i = 0; i < 8_640; i++) history.window(windowAt(i, 100, i >= 4_000 && i < 4_360 ? 10 : 1))
  const methods = history.methods()
  const begin = (name: string) => methods.find((m) => m.name === name)!.begin()

  it("count consecutive alerts of a key as one alarm, and one that comes back later as another", () => {
    const fixed = begin("fixed")
    const raised = [60, 60, 0, 0, 60, 0, 0, 0, 0, 60].map((errors, i) => fixed.window(windowAt(8_640 + i, 100, errors)))
    // All traffic, the URL and the client.
    expect(raised).toEqual([3, 0, 0, 0, 0, 0, 0, 0, 0, 3])
  })

  it("page by burn rates for what the history had once at most, and not for what it always had", () => {
    const [calm, worse] = [begin("burn rates"), begin("burn rates")]
    let pages = 0
    for (let i = 0; i < 2_000; i++) pages += calm.window(windowAt(8_640 + i, 100, 1))
    expect(pages).toBe(0)
    let windows = 1
    while (windows < 400 && worse.window(windowAt(8_640 + windows, 100, 90)) === 0) windows++
    expect(windows).toBeLessThan(60)
  })
})

describe("the comparison of the page", () => {
  const site = families(5, 30)[0]!
  const faults = ["all traffic +10 points of 5xx", "silence"].map((name) => planted.find((p) => p.name === name)!)
  const result = runBeside(site, faults, { learntDays: 0.5, days: 0.75, trials: 2 })

  it("has each method judge the same faults but silence, and the false alarms behind the history", () => {
    expect(result.results.map((r) => r.name)).toEqual(faults.map((f) => f.name))
    expect(result.methods.map((m) => m.name)).toEqual([
      "oracle",
      "incidents",
      "burn rates",
      "tables, 1 %",
      "percentile_99",
      "fixed"
    ])
    for (const { trials } of result.methods)
      expect(trials.map((t) => t.fault)).toEqual(faults.filter(isForAll).map((f) => f.name))
    // One in ten is not seldom on a site of 5 % errors and 60 requests a window.
    expect(result.methods.find((m) => m.name === "fixed")!.falseWeekly).toBeGreaterThan(100)
  })

  it("is a table of a row for each fault, and a plot", () => {
    const text = besideText([result])
    expect(text).toContain("| **false alarms a week** | 1 | ")
    expect(text).toMatch(/^\| all traffic \+10 points of 5xx \| \d/m)
    expect(text).not.toMatch(/NaN|undefined/)
    const svg = plotBeside([result])
    expect(svg.startsWith("<svg xmlns=")).toBe(true)
    expect(svg.match(/<circle/g)!.length).toBeGreaterThanOrEqual(12)
    expect(svg).not.toMatch(/NaN|undefined/)
  })
})
