import { beforeAll, describe, expect, it } from "vitest"
import {
  type Family,
  firstModel,
  IncidentDetector,
  type IncidentEvent,
  IncidentLearner,
  type IncidentModel,
  incidentModelFromJson,
  type StoredDetector
} from "../../src/index.ts"
import type { Random } from "../support/random.ts"
import { type Request, Site, windowMs } from "./site.ts"

type Spoil = (requests: Array<Request>, random: Random) => ReadonlyArray<Request>

const broken =
  (url: string, rate: number): Spoil =>
  (requests, random) =>
    requests.map((r) => (r.url === url && random.chance(rate) ? { ...r, status: 500 } : r))
const scanner: Spoil = (requests, random) => [
  ...requests,
  ...Array.from({ length: 20 }, () => ({ client: "192.0.2.66", url: `/page/${random.int(0, 11)}`, status: 404 }))
]

const learnt = {
  days: 2.5,
  model: firstModel(windowMs, 1),
  stored: {} as StoredDetector,
  opened: [] as Array<IncidentEvent>
}
const history = (seed: number, windows: number) => {
  const site = new Site(seed)
  const learner = new IncidentLearner(windowMs, 1)
  const opened: Array<IncidentEvent> = []
  for (let i = 0; i < windows; i++) opened.push(...learner.window(site.next()).filter((e) => e.type === "opened"))
  return { site, learner, opened }
}

let site: Site

beforeAll(() => {
  const { site: s, learner, opened } = history(1, learnt.days * 8_640)
  site = s
  learnt.model = learner.model()
  learnt.stored = learner.detector.stored()
  learnt.opened = opened
}, 60_000)

/** Runs on from the history: so many windows of each kind. */
const runOn = (
  parts: ReadonlyArray<readonly [windows: number, spoil?: Spoil]>,
  each?: (d: IncidentDetector) => IncidentDetector
) => {
  let detector = new IncidentDetector(learnt.model, undefined, structuredClone(learnt.stored))
  const events: Array<IncidentEvent & { readonly at: number }> = []
  let at = 0
  for (const [windows, spoil] of parts) {
    for (let i = 0; i < windows; i++) {
      detector.window(site.next(spoil))
      at++
      for (const event of detector.take()) events.push({ ...event, at })
      if (each !== undefined) detector = each(detector)
    }
  }
  return events
}
const fresh = (seed: number) => {
  site = new Site(seed)
  // The windows of the history are behind it.
  for (let i = 0; i < learnt.days * 8_640; i++) site.next()
}

describe("a learner", () => {
  it("takes an outage for one peak of evidence, however many keys it hurts", () => {
    const peaksOf = (family: Family) => {
      const peaks: Array<number> = []
      const observer = {
        errors: () => {},
        site: () => {},
        traffic: () => {},
        silence: () => {},
        peak: (of: Family, strength: number) => {
          if (of === family && strength > 15) peaks.push(strength)
        }
      }
      fresh(9)
      const detector = new IncidentDetector(learnt.model, observer, structuredClone(learnt.stored))
      const all: Spoil = (requests, random) => requests.map((r) => (random.chance(0.8) ? { ...r, status: 502 } : r))
      for (let i = 0; i < 300; i++) detector.window(site.next(i >= 10 && i < 60 ? all : undefined))
      return peaks
    }
    expect(peaksOf("ip.server").length).toBeLessThanOrEqual(1)
    expect(peaksOf("url.server").length).toBeLessThanOrEqual(1)
  })
})

describe("incidents", () => {
  it("are none in days of chance", () => {
    expect(learnt.opened).toEqual([])
    fresh(2)
    expect(runOn([[4_000]])).toEqual([])
  })

  it("open on a broken URL within some windows, name it, and close when it works again", () => {
    fresh(3)
    const events = runOn([[30], [40, broken("/page/3", 0.9)], [120]])
    const [opened, ...others] = events
    expect(opened).toMatchObject({
      schema: "chaussettes.incident.v1",
      type: "opened",
      kind: "server-errors",
      dimension: "url",
      cause: { dimension: "url", key: "/page/3", key_count: 1 }
    })
    expect(opened!.at).toBeLessThanOrEqual(36)
    expect(opened!.certificate.evidence).toBeGreaterThanOrEqual(opened!.certificate.level)
    const closed = others.at(-1)!
    expect(closed).toMatchObject({ id: opened!.id, type: "closed", closed_why: "recovered" })
    expect(closed.at).toBeLessThan(110)
    expect(closed.errors).toBeGreaterThan(40)
    expect(events.filter((e) => e.type === "opened")).toHaveLength(1)
  })

  it("raise no outage for a scanner: client errors of one client, of low severity", () => {
    fresh(4)
    const events = runOn([[10], [30, scanner], [30]])
    expect(events[0]).toMatchObject({
      type: "opened",
      kind: "client-errors",
      severity: "LOW",
      cause: { key: "192.0.2.66" }
    })
    expect(events[0]!.at).toBeLessThanOrEqual(12)
    expect(events.every((e) => e.kind === "client-errors")).toBe(true)
  })

  it("are one for an outage of eighty minutes, whoever comes meanwhile", () => {
    fresh(8)
    let n = 0
    const outage: Spoil = (requests, random) => {
      // Visitors of five minutes each, so that most of whom it hurt are long gone.
      const visitors = Math.floor(n++ / 30)
      return requests.map((r) => ({
        ...r,
        client: `172.${visitors}.${r.client.slice(3)}`,
        status: random.chance(0.3) ? 502 : r.status
      }))
    }
    const events = runOn([[10], [480, outage], [60]])
    expect(events.filter((e) => e.type === "opened" && e.kind === "server-errors")).toMatchObject([
      { cause: { dimension: "global" } }
    ])
    expect(events.filter((e) => e.type === "changed-cause")).toEqual([])
  })

  it("do not call a few requests a second a flood, however quiet the site", () => {
    fresh(10)
    const crawler =
      (requests: number): Spoil =>
      (own) => [
        ...own,
        ...Array.from({ length: requests }, (_, i) => ({ client: "192.0.2.70", url: `/page/${i % 12}`, status: 200 }))
      ]
    const model = structuredClone(learnt.model) as { -readonly [K in keyof IncidentModel]: IncidentModel[K] }
    model.traffic = { requests: [4], dispersion: 1 }
    const told = (requests: number) => {
      const detector = new IncidentDetector(model, undefined, structuredClone(learnt.stored))
      for (let i = 0; i < 20; i++) detector.window(site.next(crawler(requests)))
      return detector.take().filter((e) => e.type === "opened" && e.kind === "spike")
    }
    expect(told(40)).toEqual([])
    expect(told(400)).toHaveLength(1)
  })

  it("call a network that is the whole site all traffic", () => {
    fresh(11)
    const model = structuredClone(learnt.model) as { -readonly [K in keyof IncidentModel]: IncidentModel[K] }
    const proxied = (r: Request): Request => ({ ...r, client: `172.70.1.${r.client.split(".")[1]}` })
    const requests = 100_000
    const ips = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`172.70.1.${i}`, [requests / 25, 160, 40]]))
    model.keys = { ...model.keys, ip: ips as never, network: {} }
    const whole = [requests, 4_000, 1_000] as const
    model.keys = { ...model.keys, network: { "172.70.1.0/24": whole, "172.70.0.0/16": whole } }
    const detector = new IncidentDetector(model)
    const outage: Spoil = (r, random) => r.map(proxied).map((q) => (random.chance(0.6) ? { ...q, status: 502 } : q))
    for (let i = 0; i < 20; i++) detector.window(site.next(i < 10 ? (r) => r.map(proxied) : outage))
    expect(detector.take()[0]).toMatchObject({ type: "opened", cause: { dimension: "global", key: null } })
  })

  it("call it all traffic, too, before it is known which networks there are", () => {
    const first = new Site(12)
    const detector = new IncidentDetector(firstModel(windowMs, 1))
    const inOne = (r: Request): Request => ({ ...r, client: `192.168.1.${r.client.split(".")[1]}` })
    const outage: Spoil = (r, random) => r.map(inOne).map((q) => (random.chance(0.3) ? { ...q, status: 502 } : q))
    for (let i = 0; i < 20; i++) detector.window(first.next(i < 10 ? (r) => r.map(inOne) : outage))
    expect(detector.take()[0]).toMatchObject({ type: "opened", cause: { dimension: "global", key: null } })
  })

  it("tell another cause with its own figures", () => {
    const first = new Site(13)
    const detector = new IncidentDetector(firstModel(windowMs, 1))
    // First all of it, then one URL far more often.
    const some: Spoil = (r, random) => r.map((q) => (random.chance(0.2) ? { ...q, status: 502 } : q))
    const one: Spoil = (r) => [...r, ...r.map((q) => ({ ...q, url: "/broken", status: 502 }))]
    for (let i = 0; i < 60; i++) detector.window(first.next(i < 10 ? undefined : i < 14 ? some : one))
    const events = detector.take().filter(({ kind }) => kind === "server-errors")
    const changed = events.find(({ type }) => type === "changed-cause")!
    expect(events[0]).toMatchObject({ type: "opened", cause: { dimension: "global" } })
    expect(changed.cause).toMatchObject({ dimension: "url", keys: ["/broken"] })
    expect(changed.errors).toBe(changed.requests)
    expect(changed.certificate).toMatchObject({ family: "url.server", observed_rate: 1 })
  })

  it("are not told of a moment in which a restless site fails, and of an outage that goes on within a minute", () => {
    const { thresholds } = learnt.model
    const restless = Object.fromEntries(
      Object.entries(thresholds).map(([f, t]) => [f, f.endsWith("server") ? { ...t, strength: 5_000 } : t])
    ) as IncidentModel["thresholds"]
    const outage = { strength: 40, weekly: 3 }
    const model = {
      ...learnt.model,
      thresholds: { ...restless, "global.server": { ...restless["global.server"], outage } }
    }
    const detector = new IncidentDetector(model, undefined, structuredClone(learnt.stored))
    const failing =
      (rate: number): Spoil =>
      (requests, random) =>
        requests.map((r) => (random.chance(rate) ? { ...r, status: 502 } : r))
    const run = (windows: number, spoil?: Spoil) => {
      const events: Array<IncidentEvent> = []
      for (let i = 0; i < windows && events.length === 0; i++) {
        detector.window(site.next(spoil))
        events.push(...detector.take().filter((e) => e.kind === "server-errors"))
      }
      return { windows: (detector.stored().end - endMs) / windowMs, events }
    }
    let endMs = learnt.stored.end
    for (let restart = 0; restart < 3; restart++) {
      // Half a minute in which all fails.
      expect(run(3, failing(1)).events).toEqual([])
      expect(run(60).events).toEqual([])
    }
    endMs = detector.stored().end
    const { windows, events } = run(30, failing(0.25))
    expect(windows).toBeGreaterThan(3)
    expect(windows).toBeLessThanOrEqual(6)
    expect(events[0]).toMatchObject({ kind: "server-errors", certificate: { level: 40, budget_weekly: 3 } })
  })

  it("take a weekend that is quieter than the week for no drop until weekends are known", () => {
    const hours = (requests: number, strata: number) => Array.from({ length: strata }, () => requests)
    const known = (strata: number): IncidentModel => ({
      ...learnt.model,
      learnt: { start: "2026-01-05T00:00:00Z", end: "2026-01-14T00:00:00Z", windows: 77_760 },
      traffic: { requests: hours(30, strata), dispersion: 1 }
    })
    const toldOn = (day: string, model: IncidentModel) => {
      const detector = new IncidentDetector(model)
      const told: Array<string> = []
      for (let i = 0, startMs = Date.parse(`${day}T12:00:00Z`); i < 20; i++, startMs += windowMs) {
        detector.window({ ...site.next((requests) => requests.slice(0, 8)), startMs, endMs: startMs + windowMs })
        told.push(...detector.take().map((e) => e.kind))
      }
      return told
    }
    expect(toldOn("2026-01-15", known(24))).toEqual(["drop"])
    expect(toldOn("2026-01-17", known(24))).toEqual([])
    expect(toldOn("2026-01-17", known(48))).toEqual(["drop"])
  })

  it("see a slow burn that no window shows", () => {
    fresh(5)
    const burn: Spoil = (requests, random) =>
      requests.map((r) => (r.status === 200 && random.chance(0.03) ? { ...r, status: 502 } : r))
    const [opened] = runOn([[10], [200, burn]])
    expect(opened).toMatchObject({ type: "opened", kind: "server-errors", cause: { dimension: "global", key: null } })
    expect(opened!.at).toBeLessThan(80)
  })

  it("tell a silence though no line comes that could tell it", () => {
    const detector = new IncidentDetector(learnt.model, undefined, structuredClone(learnt.stored))
    detector.through(learnt.stored.end + 2 * windowMs)
    expect(detector.take()).toMatchObject([{ type: "opened", kind: "silence", severity: "HIGH" }])
  })

  it("close ten minutes behind the last error though no line comes any more, whenever that is looked at", () => {
    const closedAt = (steps: number) => {
      const detector = new IncidentDetector(learnt.model, undefined, structuredClone(learnt.stored))
      fresh(3)
      for (let i = 0; i < 20; i++) detector.window(site.next(broken("/page/3", 0.9)))
      const fromMs = detector.stored().end
      for (let i = 1; i <= steps; i++) detector.through(fromMs + (i * 3_600_000) / steps)
      return detector.take().flatMap((e) => (e.type === "closed" ? [`${e.kind} ${e.closed_why} ${e.closed_at}`] : []))
    }
    expect(closedAt(1)).toHaveLength(1)
    expect(closedAt(1)[0]).toContain("server-errors quiet")
    expect(closedAt(360)).toEqual(closedAt(1))
  })

  it("forget a key whose trouble is over: ten minutes behind an error, two hours behind more", () => {
    const detector = new IncidentDetector(learnt.model, undefined, structuredClone(learnt.stored))
    const visit =
      (client: string, requests: number): Spoil =>
      (others) => [
        ...others,
        ...Array.from({ length: requests }, (_, i) => ({ client, url: `/page/${i % 12}`, status: 500 }))
      ]
    const run = (windows: number, spoil?: Spoil) => {
      for (let i = 0; i < windows; i++) detector.window(site.next(spoil))
    }
    const isKnown = (client: string) => detector.stored().keys.ip.some(({ key }) => key === client)
    run(1, visit("203.0.113.9", 1))
    run(1, visit("203.0.113.10", 2))
    expect(isKnown("203.0.113.9") && isKnown("203.0.113.10")).toBe(true)
    run(130)
    expect(isKnown("203.0.113.9")).toBe(false)
    expect(isKnown("203.0.113.10")).toBe(true)
    run(660)
    expect(isKnown("203.0.113.10")).toBe(false)
  })

  it("are the same when the detector stops behind every window and another goes on from what it stored", () => {
    const parts = [[20], [30, broken("/page/2", 0.7)], [40, scanner], [90]] as const
    fresh(6)
    const whole = runOn(parts)
    fresh(6)
    const pieces = runOn(
      parts,
      (d) => new IncidentDetector(learnt.model, undefined, JSON.parse(JSON.stringify(d.stored())))
    )
    expect(whole.length).toBeGreaterThan(3)
    expect(pieces).toEqual(whole)
  })

  it("take what lasts for a day for normal, and tell it once", () => {
    fresh(7)
    const events = runOn([[10], [9_500, broken("/page/1", 0.3)]])
    expect(events.filter((e) => e.type === "opened")).toHaveLength(1)
    expect(events.find((e) => e.type === "closed")).toMatchObject({ closed_why: "accepted" })
  }, 60_000)

  it("take a job that has always failed now and then for normal, though it is old when it is told", () => {
    const fails = (i: number): Spoil => {
      return (requests, random) => [
        ...requests,
        ...(i % 30 === 0 ? [{ client: "10.0.0.9", url: "/job", status: random.chance(0.4) ? 500 : 200 }] : [])
      ]
    }
    const s = new Site(12)
    const learner = new IncidentLearner(windowMs, 1)
    const opened: Array<IncidentEvent> = []
    for (let i = 0; i < 8_640; i++) opened.push(...learner.window(s.next(fails(i))).filter((e) => e.type === "opened"))
    expect(opened.filter((e) => e.cause.key === "/job").length).toBeLessThanOrEqual(2)
  })

  it("never open on the first failing requests of a site that nothing is known of", () => {
    const learner = new IncidentLearner(windowMs, 1)
    const first = new Site(8)
    const events = Array.from({ length: 30 }, () =>
      first.next((r) => r.slice(0, 1).map((one) => ({ ...one, status: 500 })))
    ).flatMap((window, i) => (i < 2 ? learner.window(window) : []))
    expect(events).toEqual([])
  })
})

describe("a model", () => {
  it("survives JSON", () => {
    const json: unknown = JSON.parse(JSON.stringify(learnt.model))
    expect(incidentModelFromJson(json)).toEqual({ ok: true, value: learnt.model })
  })

  it("is the same from the same windows", () => {
    const of = () => history(9, 2_000).learner.model()
    expect(of()).toEqual(of())
  })

  it("says of a restless history what an outage that goes on has to show", () => {
    const { learner } = history(3, 360)
    for (let i = 0; i < 40; i++) for (let j = 0; j < 8; j++) learner.peak("global.server", 30 * 1.2 ** j)
    const quiet = learner.model().thresholds["global.server"]
    expect(quiet.outage).toBeUndefined()
    const site = new Site(4)
    for (let i = 0; i < 3 * 8_640; i++) {
      if (i % 360 === 0) learner.peak("global.server", 30 * 1.2 ** (i % 17))
      learner.window({
        ...site.next(),
        startMs: 1_767_571_200_000 + (360 + i) * windowMs,
        endMs: 1_767_571_200_000 + (361 + i) * windowMs
      })
    }
    const { strength, outage, conservative } = learner.model().thresholds["global.server"]
    expect(conservative).toBe(true)
    expect(outage!.strength).toBeLessThan(strength)
    expect(outage!.weekly).toBeGreaterThan(0.1)
  })

  it("is refused with a reason where it cannot be used", () => {
    const wrong = (change: Partial<Record<keyof IncidentModel, unknown>>) => {
      const parsed = incidentModelFromJson({ ...learnt.model, ...change })
      return parsed.ok ? undefined : parsed.reason
    }
    expect(wrong({})).toBeUndefined()
    expect(wrong({ schema: "other" })).toContain("schema")
    expect(wrong({ window_ms: 0 })).toContain("window_ms")
    expect(wrong({ classes: [{}, {}] })).toContain("classes")
    expect(wrong({ thresholds: {} })).toContain("thresholds")
    expect(wrong({ keys: { ip: { a: [1, 2] }, url: {}, network: {} } })).toContain("keys")
  })
})
