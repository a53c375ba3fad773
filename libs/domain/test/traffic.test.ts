import { describe, expect, it } from "vitest"
import {
  BOT,
  batchOf,
  Detection,
  declaredBots,
  defaultReading,
  defaultSettings,
  type FormatSpec,
  firstThresholds,
  IGNORED,
  LineScanner,
  limits,
  parseIgnore,
  parseLogFormat,
  readerFor,
  thresholdsOf
} from "../src/index.ts"

const rulesOf = (text: string) => {
  const parsed = parseIgnore(text)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.rules
}

const combined = (over: { client?: string; method?: string; url?: string; status?: number; agent?: string } = {}) => {
  const { client = "203.0.113.7", method = "GET", url = "/a", status = 200, agent = "Mozilla/5.0" } = over
  return `${client} - - [10/Oct/2026:13:55:36 +0000] "${method} ${url} HTTP/1.1" ${status} 12 "-" "${agent}"`
}

const kindOf = (text: string, ignore: string, bots = false, format?: FormatSpec): number => {
  const reading = {
    ...defaultReading,
    ...(format === undefined ? {} : { format }),
    ignore: { revision: 1, rules: rulesOf(ignore) },
    ...(bots ? { bots: declaredBots } : {})
  }
  const scanner = new LineScanner("target", limits.lineBytes, 1, readerFor(reading))
  const bytes = Buffer.from(text)
  expect(scanner.scan(bytes, 0, bytes.length)).toBe(0)
  return scanner.traffic
}

describe("a rule", () => {
  it.each([
    ["health", combined({ url: "/healthz?full=1" })],
    ["static", combined({ url: "/css/main.css" })],
    ["monitors", combined({ agent: "kube-probe/1.28" })],
    ["bots", combined({ agent: "Mozilla/5.0 (compatible; GOOGLEBOT/2.1; +http://www.google.com/bot.html)" })],
    ["path=/internal/*", combined({ url: "/internal/a/b" })],
    ["path=/*/private*", combined({ url: "/a/b/private.html" })],
    ["status=404", combined({ status: 404 })],
    ["status=4xx,500", combined({ status: 403 })],
    ["client=10.0.0.0/8,2001:db8::/32", combined({ client: "2001:db8::7" })],
    ["client=203.0.113.7", combined()],
    ["method=HEAD,OPTIONS", combined({ method: "OPTIONS" })],
    ['agent="Better, Bot"', combined({ agent: "a better, bot" })],
    ["path=/a status=200 method=GET", combined()],
    [
      "agent=kube",
      `{"time":"2026-10-10T13:55:36Z","remote_addr":"10.0.0.1","request":"GET /a HTTP/1.1","status":200,"http_user_agent":"kube-probe"}`
    ],
    ["agent=kube", `{"log":"${combined({ agent: "kube-probe" }).replaceAll('"', '\\"')}\\n","stream":"stdout"}`]
  ])("%s takes out %s", (rule, line) => expect(kindOf(line, rule)).toBe(IGNORED))

  it.each([
    ["health", combined({ url: "/healthy-food" })],
    ["static", combined({ url: "/css/main.css/x" })],
    ["path=/internal/*", combined({ url: "/internal" })],
    ["status=4xx", combined({ status: 500 })],
    ["client=10.0.0.0/8", combined()],
    ["method=HEAD", combined()],
    ["agent=curl", combined()],
    ["agent=curl", combined().replace(/ "-" ".*$/, "")],
    ["path=/a status=404", combined()],
    ["path=*", combined().replace(/"GET[^"]*"/, '"-"')]
  ])("%s leaves %s", (rule, line) => expect(kindOf(line, rule)).toBe(0))

  it("rejects no line for its agent: one that is cut off fits no rule for agents", () => {
    const spec = parseLogFormat(
      '$remote_addr [$time_local] "$request" $status $body_bytes_sent "$http_user_agent" $host'
    )
    if (!spec.ok) throw new Error(spec.reason)
    const format: FormatSpec = { name: "declared", wrappers: [], inner: spec.spec }
    const line = '203.0.113.7 [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 200 12 "curl"'
    expect(kindOf(line, "agent=curl", false, format)).toBe(0)
    expect(kindOf(`${line} www.example.com`, "agent=curl", false, format)).toBe(IGNORED)
  })

  it("is the first that fits, and goes before what a bot is", () => {
    const bot = combined({ agent: "bingbot/2.0" })
    expect(kindOf(bot, "path=/b; path=/a; bots", true)).toBe(IGNORED + 1)
    expect(kindOf(bot, "path=/b", true)).toBe(BOT)
  })

  it.each([
    [
      "helth",
      '"helth" is neither a preset (health, monitors, static, bots) nor made of path=, status=, agent=, client=, method='
    ],
    ["status=40x", "40x is no status like 404 or 4xx"],
    ["path=a", "the path a begins neither with / nor with *"],
    ["client=web1", "web1 is no network like 10.0.0.0/8"],
    ["host=a", "host is none of path, status, agent, client, method"],
    ["status=404 status=500", 'status stands twice in "status=404 status=500"'],
    [Array.from({ length: 65 }, (_, i) => `path=/${i}`).join(";"), "there are more than 64 rules"]
  ])("%s is refused with its reason", (text, reason) => expect(parseIgnore(text)).toEqual({ ok: false, reason }))

  it("may stand in lines, with remarks", () => {
    expect(rulesOf("# ours\nhealth # probes\n\nclient=10.0.0.0/8; method=HEAD\n").map(({ name }) => name)).toEqual([
      "health",
      "client=10.0.0.0/8",
      "method=HEAD"
    ])
  })
})

describe("a detection with rules", () => {
  const of = (ignore: string, ...lines: ReadonlyArray<string>) => {
    const reading = { ...defaultReading, ignore: { revision: 7, rules: rulesOf(ignore) }, bots: declaredBots }
    const detection = new Detection({ ...defaultSettings, reading }, thresholdsOf(firstThresholds), {
      origin: "logs",
      hashSeed: 1
    })
    const storedMs = Date.UTC(2026, 9, 10, 13, 55, 40)
    detection.ingest(
      batchOf([{ seq: 1, source: "web", storedMs, bytes: Buffer.from(lines.join("\n")), watermark: "end" }])
    )
    detection.endOfLogs()
    return { records: detection.take().decisions.map(({ record }) => record), counts: detection.counts }
  }

  it("counts what is ignored by its rule, and in no window", () => {
    const { records, counts } = of(
      "health; status=404",
      combined({ url: "/ping" }),
      combined(),
      combined({ status: 404 })
    )
    expect(records[0]).toMatchObject({ total: 1, errors: 0, since_last: { ignored: { health: 1, "status=404": 1 } } })
    expect(records[0]!.rules.reading!.ignore).toMatchObject({
      revision: 7,
      rules: [{ name: "health" }, { name: "status=404" }]
    })
    expect(counts).toMatchObject({ lines: 3, ignored: 2, errors: 0 })
  })

  it("says how many requests are of bots, among those that it counts", () => {
    const bot = combined({ agent: "GPTBot/1.0", status: 404 })
    const { records } = of("", bot, combined(), bot)
    expect(records[0]).toMatchObject({ total: 3, errors: 2, bots: { total: 2, errors: 2 } })
  })
})
