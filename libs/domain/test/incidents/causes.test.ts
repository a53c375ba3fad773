import { describe, expect, it } from "vitest"
import { Evidence, oddsOf } from "../../src/incidents/evidence.ts"
import type { CauseDimension } from "../../src/incidents/panes.ts"
import { findCauses, incidentLimits, type JointWindow, networksOf, type Series } from "../../src/index.ts"

const keys = { network: 20, url: 20, ip: 50 }

const series = (dimension: CauseDimension, key: string, requests: number, errors: number, rate = 0.01): Series => {
  const expected = { alpha: rate * 2_000, beta: (1 - rate) * 2_000 }
  const evidence = new Evidence()
  evidence.add(requests, errors, oddsOf(expected), 0, 0)
  return { dimension, key, threshold: 14, ...evidence.current! }
}

const joint = (cells: JointWindow["cells"]): ReadonlyArray<JointWindow> => [
  { startMs: 0, errors: [0, cells.reduce((sum, cell) => sum + cell.errors, 0)], cells }
]

const told = (all: ReadonlyArray<Series>, cells: JointWindow["cells"]) =>
  findCauses(all, joint(cells), 1, keys).map(({ dimension, series, victims }) => ({
    cause: `${dimension} ${series.map((s) => s.key).join(" ")}`.trim(),
    victims: victims.map((v) => `${v.dimension} ${v.key}`.trim())
  }))

describe("causes", () => {
  it("are the URL that fails, and its clients and all traffic are its victims", () => {
    const clients = Array.from({ length: 12 }, (_, i) => `192.0.2.${i}`)
    const all = [
      series("global", "", 300, 63),
      series("url", "/broken", 60, 60),
      ...clients.map((client) => series("ip", client, 8, 5))
    ]
    const cells = clients.map((client) => ({ client, url: "/broken", status: 500, errors: 5 }))
    const [first, ...others] = told(all, cells)
    expect(others).toEqual([])
    expect(first!.cause).toBe("url /broken")
    expect(first!.victims).toContain("global")
    expect(first!.victims).toHaveLength(13)
  })

  it("are a client that fails wherever it goes", () => {
    const urls = Array.from({ length: 15 }, (_, i) => `/${i}`)
    const all = [
      series("global", "", 300, 60),
      series("ip", "192.0.2.9", 60, 57),
      ...urls.map((url) => series("url", url, 8, 4))
    ]
    const cells = urls.map((url) => ({ client: "192.0.2.9", url, status: 500, errors: 4 }))
    expect(told(all, cells).map((c) => c.cause)).toEqual(["ip 192.0.2.9"])
  })

  it("are all traffic where every URL is as much too high as the others", () => {
    const urls = Array.from({ length: 10 }, (_, i) => `/${i}`)
    const all = [series("global", "", 300, 60), ...urls.map((url) => series("url", url, 30, 6))]
    const cells = urls.map((url, i) => ({ client: `192.0.2.${i}`, url, status: 500, errors: 6 }))
    expect(told(all, cells).map((c) => c.cause)).toEqual(["global"])
  })

  it("are the client rather than all the pages on which it met its errors, though pages fail less often than clients", () => {
    const urls = Array.from({ length: 40 }, (_, i) => `/${i}`)
    const all = [
      series("global", "", 900, 220, 0.08),
      series("ip", "192.0.2.9", 200, 150, 0.08),
      ...urls.map((url) => series("url", url, 7, 4, 0.013))
    ]
    const cells = urls.map((url) => ({ client: "192.0.2.9", url, status: 404, errors: 4 }))
    const windows = [{ startMs: 0, errors: [160, 0] as const, cells }]
    const first = (site?: { rate: number; sections: ReadonlyMap<string, number> }) =>
      findCauses(all, windows, 0, keys, site)[0]!.dimension
    expect(first({ rate: 0.08, sections: new Map() })).toBe("ip")
    // What the site's rate is for.
    expect(first()).toBe("url")
  })

  it("are a section of the site's paths where single URLs have too few requests to show it", () => {
    const urls = Array.from({ length: 12 }, (_, i) => `/api/${i}`)
    const all = [series("global", "", 60, 12), ...urls.map((url) => series("url", url, 1, 1))]
    const cells = urls.map((url, i) => ({ client: `192.0.2.${i}`, url, status: 502, errors: 1 }))
    const first = (sections: ReadonlyMap<string, number>) =>
      findCauses(all, joint(cells), 1, { network: 1, url: 60, ip: 60 }, { rate: 0.01, sections })[0]!
    const known = new Map([
      ["/api", 0.1],
      ["/page", 0.6]
    ])
    expect(first(known)).toMatchObject({ dimension: "url", series: { length: 12 } })
    expect(first(new Map()).dimension).toBe("global")
  })

  it("lead by much where it is clear which one it is, and by little where it is not", () => {
    const lead = (url: Series) =>
      findCauses(
        [series("global", "", 300, 60), url],
        joint([{ client: "192.0.2.1", url: "/a", status: 500, errors: url.rawErrors }]),
        1,
        keys
      )[0]!.lead
    expect(lead(series("url", "/a", 58, 58))).toBeGreaterThan(20)
    expect(lead(series("url", "/a", 200, 45))).toBeLessThan(lead(series("url", "/a", 58, 58)))
  })

  it("are several URLs at once where a part of them fails, told as one cause", () => {
    const failing = ["/a", "/b", "/c", "/d"]
    const all = [series("global", "", 600, 165), ...failing.map((url) => series("url", url, 50, 40))]
    const cells = failing.map((url, i) => ({ client: `192.0.2.${i}`, url, status: 503, errors: 40 }))
    const causes = told(all, cells)
    expect(causes.map((c) => c.cause)).toEqual(["url /a /b /c /d"])
    expect(causes[0]!.victims).toEqual(["global"])
  })

  it("are the URLs that fail now, though some of them had an error minutes ago", () => {
    const nowMs = 200_000
    const since = (s: Series, sinceMs: number): Series => ({ ...s, sinceMs, scan: { ...s.scan, sinceMs } })
    const urls = ["/a", "/b", "/c", "/d"]
    const all = [
      since(series("global", "", 120, 22), nowMs),
      ...urls.map((url, i) => (i < 2 ? since(series("url", url, 90, 6), 0) : since(series("url", url, 12, 5), nowMs)))
    ]
    const cellsOf = (of: ReadonlyArray<string>, errors: number) =>
      of.map((url, i) => ({ client: `192.0.2.${i}`, url, status: 500, errors }))
    const windows: ReadonlyArray<JointWindow> = [
      { startMs: 0, errors: [0, 2], cells: cellsOf(urls.slice(0, 2), 1) },
      { startMs: nowMs, errors: [0, 22], cells: [...cellsOf(urls, 5), ...cellsOf(["/e", "/f"], 1)] }
    ]
    const first = (share: (url: string) => number | undefined) =>
      findCauses(all, windows, 1, keys, { rate: 0.01, sections: new Map(), share })[0]!
    expect(
      first(() => 0.1)
        .series.map(({ key }) => key)
        .sort()
    ).toEqual(urls)
    // Of URLs that are not known it is not known either how often they were asked for since.
    expect(first(() => undefined).dimension).toBe("global")
  })

  it("are a network of which each client fails too seldom to be told", () => {
    const clients = Array.from({ length: 40 }, (_, i) => `198.18.${i}.7`)
    const all = [series("global", "", 340, 44), series("network", "198.18.0.0/16", 40, 40)]
    const cells = clients.map((client, i) => ({ client, url: `/${i % 9}`, status: 503, errors: 1 }))
    expect(told(all, cells).map((c) => c.cause)).toEqual(["network 198.18.0.0/16"])
  })

  it("are two where two URLs of other clients fail for reasons of their own, and no more than three", () => {
    const all = [series("url", "/a", 50, 45), series("ip", "192.0.2.1", 40, 38)]
    const cells = [
      { client: "192.0.2.7", url: "/a", status: 500, errors: 45 },
      { client: "192.0.2.1", url: "/z", status: 500, errors: 38 }
    ]
    expect(
      told(all, cells)
        .map((c) => c.cause)
        .sort()
    ).toEqual(["ip 192.0.2.1", "url /a"])
  })

  it("are none where too few requests failed, however rare that is", () => {
    expect(told([series("url", "/a", 2, 2, 1e-6)], [])).toEqual([])
  })
})

describe("networks of a client", () => {
  it("are two prefixes of an address, and none of what is no address", () => {
    expect(networksOf("203.0.113.7")).toEqual(["203.0.113.0/24", "203.0.0.0/16"])
    expect(networksOf("2001:db8:1:2:3:4:5:6")).toEqual(["2001:db8:1:2::/64", "2001:db8:1::/48"])
    expect(networksOf("2001:db8::7")).toEqual(["2001:db8:0:0::/64", "2001:db8:0::/48"])
    expect(networksOf("unknown.example.org")).toEqual([])
    expect(networksOf("-")).toEqual([])
  })
})

describe("looking for causes", () => {
  it("takes less than the fifty milliseconds that a window may have, at all its limits", () => {
    const urls = Array.from({ length: 150 }, (_, i) => `/${i}`)
    const clients = Array.from({ length: 150 }, (_, i) => `192.0.${i}.1`)
    const all = [
      series("global", "", 40_000, 9_000),
      ...urls.map((url, i) => series("url", url, 200, 40 + (i % 60))),
      ...clients.map((client) => series("ip", client, 100, 30))
    ]
    const windows = Array.from({ length: incidentLimits.jointWindows }, (_, w): JointWindow => {
      const cells = Array.from({ length: incidentLimits.jointCells }, (_, i) => ({
        client: clients[(i * 7 + w) % 150]!,
        url: urls[(i * 11 + w) % 150]!,
        status: 500,
        errors: 1
      }))
      return { startMs: w, errors: [0, incidentLimits.jointCells], cells }
    })
    const find = () => findCauses(all, windows, 1, keys)
    find()
    const tookMs = Math.min(
      ...Array.from({ length: 5 }, () => {
        const startedMs = performance.now()
        find()
        return performance.now() - startedMs
      })
    )
    expect(tookMs).toBeLessThan(50)
  })
})
