import { describe, expect, it } from "vitest"
import {
  batchOf,
  Detection,
  defaultReading,
  defaultSettings,
  Explainer,
  firstThresholds,
  Templates,
  thresholdsOf,
  type UrlTemplates,
  whyNoTemplate
} from "../src/index.ts"
import { figuresOf, readRoutes } from "./routes/figures.ts"
import { auto, hashOf } from "./routes/ways.ts"
import { Random } from "./support/random.ts"

const alone = new Templates({ auto: 1 }, 7)

const fold = (path: string, templates?: UrlTemplates): string => {
  const bytes = Buffer.from(path, "latin1")
  const folding = templates === undefined ? alone : new Templates(templates, 7)
  if (!folding.fold(bytes, 0, bytes.length, hashOf(bytes))) return path
  return Buffer.from(folding.bytes.subarray(folding.start, folding.end)).toString("latin1")
}

describe("folding ids of URLs", () => {
  it.each(["routes.txt", "unseen.txt"])("finds at least 98 % of the ids in %s", (file) => {
    const { ids, folded } = figuresOf(readRoutes(file), auto)
    expect(folded / ids).toBeGreaterThanOrEqual(0.98)
  })

  it.each(["development", "held out"] as const)("finds nearly as many in the further routes: %s", (half) => {
    const { ids, folded, requests, wrong } = figuresOf(readRoutes("further.txt", half), auto)
    expect(folded / ids).toBeGreaterThanOrEqual(0.95)
    expect(wrong / requests).toBeLessThanOrEqual(0.01)
  })

  it("damages at most 0.5 % of the labelled routes", () => {
    const { requests, wrong } = figuresOf([...readRoutes("routes.txt"), ...readRoutes("unseen.txt")], auto)
    expect(wrong / requests).toBeLessThanOrEqual(0.005)
  })

  it.each([
    ["/user/123/orders/9f8e7d6c5b4a", "/user/:id/orders/:id"],
    ["/v1/invoices/0f8fad5b-d9cb-469f-a165-70867728950e.pdf", "/v1/invoices/:id.pdf"],
    ["/2024/05/17/why-cats-land-on-feet/", "/:date/:date/:date/:slug/"],
    ["/blog/ten-things-to-know.html?utm=1", "/blog/:slug.html?utm=1"],
    ["/browse/PROJ-7", "/browse/PROJ-:id"],
    ["/static/js/main.3f2a91bc.js", "/static/js/main.:id.js"],
    ["http://other.example/user/123", "http://other.example/user/:id"],
    ["/a;jsessionid=1A2B3C4D5E/7", "/a;jsessionid=1A2B3C4D5E/7"]
  ])("folds %s into %s", (path, template) => expect(fold(path)).toBe(template))

  it.each([
    "/",
    "/404",
    "/2024/archive",
    "/api/v1/users",
    "/3/movie/popular",
    "/docs/3.11/library",
    "/img/logo-2x.png",
    "/errors/500",
    "/365/apps",
    "/2010-04-01/Accounts",
    "/admin/api/2023-10/graphql.json",
    "/sdk/android/34/setup",
    "/thumbs/300/logo.png",
    "/ajax/libs/d3/7.8.5/d3.min.js",
    "*"
  ])("leaves %s as it is", (path) => expect(fold(path)).toBe(path))

  it("folds a template into itself, whatever the bytes, and never makes it longer than three times the path", () => {
    const random = new Random(52)
    const pieces = [
      "/",
      "/",
      "123",
      "9f8e7d6c",
      "-",
      "_",
      ".",
      "a",
      "Zq",
      "%C3",
      "\xff",
      ":",
      "@",
      "?",
      ";",
      "2024",
      "05",
      "x"
    ]
    for (let i = 0; i < 20_000; i++) {
      const path = `/${Array.from({ length: random.int(0, 60) }, () => random.pick(pieces)).join("")}`
      const once = fold(path)
      expect(fold(once), path).toBe(once)
      expect(once.length, path).toBeLessThanOrEqual(path.length * 3)
    }
  })

  it("remembers of each path what it has become, also of paths that share a place", () => {
    const folding = new Templates({ auto: 1 }, 7)
    const of = (path: string, hash: number) => {
      const bytes = Buffer.from(path)
      const isFolded = folding.fold(bytes, 0, bytes.length, hash)
      return isFolded ? Buffer.from(folding.bytes.subarray(folding.start, folding.end)).toString() : path
    }
    for (const path of [
      "/user/17",
      "/user/me",
      "/user/17",
      "/user/18",
      "/user/me",
      `/${"long".repeat(99)}/7`,
      "/user/17"
    ]) {
      expect(of(path, 5), path).toBe(fold(path))
    }
  })

  it("has room for the longest line of nothing but ids", () => {
    const path = "/77".repeat(5 * 1024)
    expect(fold(path).startsWith("/77/:id/:id")).toBe(true)
  })

  it("puts declared templates before what it finds itself, the first that fits", () => {
    const declared = ["/user/:name/orders/:order", "/user/*"]
    expect(fold("/user/alice/orders/17", { auto: 1, declared })).toBe("/user/:name/orders/:order")
    expect(fold("/user/alice/settings", { auto: 1, declared })).toBe("/user/*")
    expect(fold("/order/17", { auto: 1, declared })).toBe("/order/:id")
    expect(fold("/order/17", { declared })).toBe("/order/17")
    expect(fold("/user", { declared })).toBe("/user")
  })

  it.each([
    ["user/:id", "it does not begin with /"],
    ["/user", "no segment of it can vary: write :name for one that does, or * for everything after it"],
    ["/a*/b", "* may only be its last segment"],
    ["/a?b=:c", "a path has no space, comma, ? or #"]
  ])("refuses the template %s", (text, why) => expect(whyNoTemplate(text)).toBe(why))
})

describe("a detection with templates", () => {
  const settings = { ...defaultSettings, reading: { ...defaultReading, templates: { auto: 1 as const } } }
  const text = [1, 2, 3, 4]
    .map((n) => `192.0.2.${n} - - [17/May/2015:10:05:0${n} +0000] "GET /user/${n * 1111} HTTP/1.1" 500 12`)
    .join("\n")
  const batch = batchOf([
    { seq: 1, source: "web", storedMs: Date.UTC(2015, 4, 17, 10, 5, 9), bytes: Buffer.from(text), watermark: "end" }
  ])

  it("judges what comes to one template together, and explains the alert by its lines", () => {
    const detection = new Detection(settings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 3 })
    detection.ingest(batch)
    detection.endOfLogs()
    const [decision] = detection.take().decisions
    const alert = decision!.alerts.find(({ type }) => type === "URL_ERROR_RATE")
    expect(alert).toMatchObject({ url: "/user/:id", total_requests: 4, errors: 4 })
    expect(decision!.record.rules.reading).toEqual(settings.reading)
    const name = {
      dimension: "url" as const,
      startMs: Date.UTC(2015, 4, 17, 10, 5),
      windowMs: 10_000,
      token: alert!.id.split(".")[2]
    }
    const explainer = new Explainer(name, [{ startMs: name.startMs, throughSeq: 1 }], decision!.record.rules)
    const lines: Array<number> = []
    explainer.read(batch, ({ line }) => lines.push(line))
    expect(lines).toEqual([1, 2, 3, 4])
  })
})
