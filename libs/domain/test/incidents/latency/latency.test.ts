import { beforeAll, describe, expect, it } from "vitest"
import { RequestTimes } from "../../../src/incidents/latency/request-times.ts"
import {
  encodeIncident,
  encodeIncidentModel,
  IncidentDetector,
  type IncidentEvent,
  IncidentLearner,
  type IncidentModel,
  incidentModelFromJson,
  type StoredDetector,
  type WindowPanes
} from "../../../src/index.ts"
import { decodeIncident } from "../../../src/wire/decode.ts"
import type { Random } from "../../support/random.ts"
import { type Request, Site, windowMs } from "../site.ts"

/** So many times as long as usual a URL's requests take. */
type Slower = (url: string) => number
type Spoil = (requests: Array<Request>, random: Random) => ReadonlyArray<Request>

const usual: Slower = () => 1

/** The small site, whose log says how long requests took: lognormal about 40 to 90 ms, by URL. */
class TimedSite {
  readonly #site: Site
  constructor(seed: number) {
    this.#site = new Site(seed)
  }
  next(slower: Slower = usual, spoil?: Spoil): WindowPanes {
    const panes = this.#site.next(spoil)
    const { random } = this.#site
    const times = new RequestTimes()
    for (let i = 0; i < panes.url.count; i++) {
      const url = panes.url.text(i)
      const median = 40_000 + 5_000 * (url.length % 11)
      for (let n = panes.url.requests(i); n > 0; n--) {
        const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
        times.add(i, random.int(0, 24), Math.floor(median * slower(url) * Math.exp(0.8 * normal)))
      }
    }
    return { ...panes, times }
  }
}

const historyWindows = 4_000
const learnt = { model: {} as IncidentModel, stored: {} as StoredDetector, opened: [] as Array<IncidentEvent> }

beforeAll(() => {
  const site = new TimedSite(1)
  const learner = new IncidentLearner(windowMs, 1)
  for (let i = 0; i < historyWindows; i++)
    learnt.opened.push(...learner.window(site.next()).filter((e) => e.type === "opened"))
  learnt.model = learner.model()
  learnt.stored = learner.detector.stored()
}, 60_000)

type Told = IncidentEvent & { readonly at: number }

/** What is told of so many windows of each kind after the history. */
const told = (
  seed: number,
  parts: ReadonlyArray<readonly [windows: number, slower?: Slower, spoil?: Spoil]>,
  each: (detector: IncidentDetector) => IncidentDetector = (same) => same,
  model = learnt.model
): ReadonlyArray<Told> => {
  const site = new TimedSite(seed)
  let detector = new IncidentDetector(model, undefined, structuredClone(learnt.stored))
  const events: Array<Told> = []
  let at = 0
  for (const [windows, slower, spoil] of parts) {
    for (let i = 0; i < windows; i++) {
      const panes = site.next(slower, spoil)
      const by = (historyWindows + 1) * windowMs
      detector.window({ ...panes, startMs: panes.startMs + by, endMs: panes.endMs + by })
      at++
      for (const event of detector.take()) events.push({ ...event, at })
      detector = each(detector)
    }
  }
  return events
}

const twice: Slower = () => 2
const slowUrl =
  (times: number): Slower =>
  (url) =>
    url === "/page/0" ? times : 1

describe("latency", () => {
  it("is told of nobody while requests take as long as usual", () => {
    expect(learnt.opened.filter((e) => e.kind === "latency")).toEqual([])
    expect(told(11, [[2_000]]).filter((e) => e.kind === "latency")).toEqual([])
  })

  it("of all traffic is told within some windows when requests take twice as long, and closed when they do not", () => {
    const delays: Array<number> = []
    for (const seed of [21, 22, 23, 24, 25, 26]) {
      const events = told(seed, [[20], [40, twice], [60]])
      const [opened, ...others] = events.filter((e) => e.kind === "latency")
      expect(opened).toMatchObject({
        type: "opened",
        dimension: "global",
        errors: 0,
        cause: { dimension: "global", key: null },
        certificate: { family: "global.latency", budget_total_weekly: 1 }
      })
      expect(opened!.at).toBeGreaterThan(20)
      delays.push(opened!.at - 20)
      expect(opened!.certificate.evidence).toBeGreaterThanOrEqual(opened!.certificate.level)
      const { p95_us, usual_p95_us } = opened!.latency!
      expect(p95_us / usual_p95_us).toBeGreaterThan(1.5)
      expect(p95_us / usual_p95_us).toBeLessThan(3)
      expect(opened!.message).toMatch(
        /^All traffic: p95 is [\d.]+ m?s where [\d.]+ m?s is usual; \d+ requests, \d+ clients affected\.$/
      )
      const closed = others.at(-1)!
      expect(closed).toMatchObject({ id: opened!.id, type: "closed", closed_why: "recovered" })
      expect(closed.at).toBeGreaterThan(60)
      expect(closed.at).toBeLessThanOrEqual(75)
      expect(events.filter((e) => e.type === "opened")).toHaveLength(1)
    }
    // Thirty requests a window: as soon as a hundred or so have been seen.
    expect(delays.reduce((a, b) => a + b) / delays.length).toBeLessThanOrEqual(5)
  })

  it("of one URL is told by its name, and not as that of all traffic", () => {
    let right = 0
    for (const seed of [31, 32, 33, 34, 35]) {
      const opened = told(seed, [[20], [60, slowUrl(3)]]).filter((e) => e.type === "opened")
      expect(opened).toHaveLength(1)
      expect(opened[0]!.at).toBeLessThanOrEqual(40)
      if (opened[0]!.cause.key === "/page/0" && opened[0]!.cause.key_count === 1) right++
    }
    expect(right).toBeGreaterThanOrEqual(4)
  })

  it("goes on the same when it is stopped after any window", () => {
    const parts = [[10], [30, twice], [40], [60, slowUrl(4)], [60]] as const
    const whole = told(41, parts)
    expect(whole.filter((e) => e.type === "opened").length).toBeGreaterThanOrEqual(2)
    const again = told(41, parts, (d) => {
      return new IncidentDetector(learnt.model, undefined, JSON.parse(JSON.stringify(d.stored())))
    })
    expect(again).toEqual(whole)
  })

  it("is not told beside the errors that are why servers are slow", () => {
    const failing: Spoil = (requests, random) => requests.map((r) => (random.chance(0.7) ? { ...r, status: 504 } : r))
    const opened = told(51, [[20], [60, (_) => 20, failing]]).filter((e) => e.type === "opened")
    expect(opened.map((e) => e.kind)).toEqual(["server-errors"])
  })

  it("that lasts becomes what is usual, and is told once", () => {
    const events = told(61, [[20], [600, twice]]).filter((e) => e.kind === "latency")
    expect(events.filter((e) => e.type === "opened")).toHaveLength(1)
    expect(events.at(-1)).toMatchObject({ type: "closed", closed_why: "accepted" })
  })

  it("is not judged by a model that does not know it, nor where no line says a time", () => {
    const { latency: _, ...before } = learnt.model
    expect(told(71, [[60, twice]], undefined, before).filter((e) => e.kind === "latency")).toEqual([])
    const learner = new IncidentLearner(windowMs, 1)
    const site = new Site(2)
    for (let i = 0; i < 800; i++) learner.window(site.next())
    expect(learner.model().latency).toBeUndefined()
    expect(learner.detector.stored().latency).toBeUndefined()
  })

  it("is closed when nobody asks any more", () => {
    const detector = new IncidentDetector(learnt.model, undefined, structuredClone(learnt.stored))
    const site = new TimedSite(81)
    let endMs = 0
    const by = (historyWindows + 1) * windowMs
    for (let i = 0; i < 20; i++) {
      const panes = site.next(twice)
      endMs = panes.endMs + by
      detector.window({ ...panes, startMs: panes.startMs + by, endMs })
    }
    expect(detector.take().some((e) => e.kind === "latency" && e.type === "opened")).toBe(true)
    detector.through(endMs + 20 * 60_000)
    expect(detector.take().filter((e) => e.kind === "latency")).toMatchObject([{ type: "closed", closed_why: "quiet" }])
  })
})

describe("what is learnt of latency", () => {
  it("is read again from its text, and refused where it is broken", () => {
    const text = encodeIncidentModel(learnt.model)
    expect(incidentModelFromJson(JSON.parse(text))).toEqual({ ok: true, value: learnt.model })
    const json = JSON.parse(text)
    json.latency.cuts[0].factors = []
    expect(incidentModelFromJson(json)).toMatchObject({ ok: false, reason: expect.stringContaining("latency") })
  })

  it("knows each busy URL by its own times", () => {
    const { site, urls } = learnt.model.latency!
    expect(Object.keys(urls).length).toBe(12)
    const exact = 40_000 + 5_000 * ("/page/0".length % 11)
    expect(urls["/page/0"]!.p50_us / exact).toBeGreaterThan(0.9)
    expect(urls["/page/0"]!.p50_us / exact).toBeLessThan(1.1)
    for (const { requests, cuts } of [site, ...Object.values(urls)]) {
      expect(cuts[0][1] / requests).toBeLessThanOrEqual(0.2501)
      expect(cuts[1][1] / requests).toBeLessThanOrEqual(0.0501)
    }
  })

  it("goes without the rarest URLs where it would be too long", () => {
    const whole = encodeIncidentModel(learnt.model)
    const short = JSON.parse(encodeIncidentModel(learnt.model, whole.length - 500))
    const kept = Object.keys(short.latency.urls)
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.length).toBeLessThan(12)
    expect(incidentModelFromJson(short).ok).toBe(true)
  })
})

describe("an event of latency", () => {
  it("is read as it was written", () => {
    for (const { at: _, ...event } of told(22, [[20], [40, twice], [60]])) {
      const decoded = decodeIncident(encodeIncident(event))
      expect(decoded).toMatchObject({ _tag: "Success", success: event })
    }
  })
})
