import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { parseIncident } from "../../src/traffic/incident.ts"
import * as population from "../../src/traffic/population.ts"
import { burstSchedule } from "../../src/traffic/schedule.ts"
import { Traffic } from "../../src/traffic/traffic.ts"
import { parse, produce, rateOf, settings, startMs, trafficBytes } from "./helpers.ts"

const incident = (text: string) => {
  const parsed = parseIncident(text)
  if (!parsed.ok) throw new Error(parsed.why)
  return parsed.incident
}

/** How far a rate over n lines may be off by chance: five standard deviations. */
const tolerance = (rate: number, n: number): number => 5 * Math.sqrt((rate * (1 - rate)) / n)

describe("traffic", () => {
  it("repeats its bytes for the same seed and not for another", () => {
    assert.isTrue(trafficBytes({ seed: 7 }, 5_000).equals(trafficBytes({ seed: 7 }, 5_000)))
    assert.isFalse(trafficBytes({ seed: 7 }, 50).equals(trafficBytes({ seed: 8 }, 50)))
  })

  it("gives the bytes of this version for ever: what is told with a seed can be made again", () => {
    const bytes = trafficBytes({ seed: 7, late: 0.05, malformed: 0.02, zoneMinutes: 120 }, 5_000)
    assert.strictEqual(
      createHash("sha256").update(bytes).digest("hex"),
      "640bd935433667b8c27dc9ca49700b08527da8cf8a5be3ec41a2e2419f742943"
    )
  })

  it("gives the same bytes however many lines are asked for at a time", () => {
    const whole = trafficBytes({}, 300)
    const traffic = new Traffic(settings())
    const parts = Array.from({ length: 300 }, () => produce(traffic, 1))
    assert.isTrue(Buffer.concat(parts).equals(whole))
  })

  it("writes lines that the strict scanner takes, from the original's population", () => {
    const { lines, rejected } = parse(trafficBytes({}, 20_000))
    assert.strictEqual(rejected, 0)
    assert.deepStrictEqual(new Set(lines.map((l) => l.client)), new Set(population.clients))
    assert.deepStrictEqual(new Set(lines.map((l) => l.url)), new Set(population.urls))
    const form =
      /^[\d.]+ - - \[[^\]]{26}\] "(GET|POST|PUT|DELETE) \S+ HTTP\/1\.1" (200|201|204|400|403|404|500|503) (\d+) "-" "([^"]+)"$/
    const seen = { methods: new Set(), statuses: new Set(), agents: new Set() }
    for (const { text } of lines) {
      const m = form.exec(text)
      assert.isNotNull(m, text)
      seen.methods.add(m![1])
      seen.statuses.add(m![2])
      seen.agents.add(m![4])
      assert.isTrue(Number(m![3]) >= 100 && Number(m![3]) <= 5000, text)
    }
    assert.deepStrictEqual([seen.methods.size, seen.statuses.size, seen.agents.size], [4, 8, 3])
  })

  for (const [errorRate, errorUsers, errorUrls] of [
    [0.15, 0.2, 0.15],
    [0.02, 0.5, 0],
    [0.8, 0.1, 0.1],
    [0.3, 0, 0],
    [0.3, 1, 1],
    [0, 0.2, 0.2],
    [1, 0.2, 0.2]
  ] as const) {
    it(`fails at ${errorRate} over all, ${errorUsers} of the clients and ${errorUrls} of the URLs being problems`, () => {
      const n = 200_000
      const { lines } = parse(trafficBytes({ errorRate, errorUsers, errorUrls }, n))
      assert.approximately(rateOf(lines), errorRate, tolerance(errorRate, n) + 1e-9)
    })
  }

  it("lets problem clients and problem URLs fail more often than the others", () => {
    const traffic = new Traffic(settings())
    const { lines } = parse(produce(traffic, 200_000))
    const problemClients = new Set([...traffic.problems.clients].map((i) => population.clients[i]))
    const problemUrls = new Set([...traffic.problems.urls].map((i) => population.urls[i]))
    assert.deepStrictEqual([problemClients.size, problemUrls.size], [20, 9])
    const others = lines.filter((l) => !problemClients.has(l.client) && !problemUrls.has(l.url))
    const q = 1 - 0.8 * (48 / 57)
    const other = 0.15 / (1 + 7 * q)
    assert.approximately(rateOf(others), other, tolerance(other, others.length))
    for (const some of [
      lines.filter((l) => problemClients.has(l.client)),
      lines.filter((l) => problemUrls.has(l.url))
    ]) {
      assert.approximately(rateOf(some), 8 * other, tolerance(8 * other, some.length))
    }
  })

  it("spaces its lines evenly from its start, at the rate that is asked for", () => {
    const { lines } = parse(trafficBytes({}, 100))
    assert.deepStrictEqual(
      lines.map((l) => l.timeMs),
      Array.from({ length: 100 }, (_, i) => startMs + Math.floor(i / 5) * 1000)
    )
  })

  it("writes times in the zone that is asked for, and means the same moments", () => {
    const utc = parse(trafficBytes({ zoneMinutes: 0 }, 10_000)).lines
    const kolkata = parse(trafficBytes({ zoneMinutes: 330 }, 10_000)).lines
    const caracas = parse(trafficBytes({ zoneMinutes: -270 }, 10_000)).lines
    assert.include(utc[0]!.text, "[05/Jan/2026:03:00:00 +0000]")
    assert.include(kolkata[0]!.text, "[05/Jan/2026:08:30:00 +0530]")
    assert.include(caracas[0]!.text, "[04/Jan/2026:22:30:00 -0430]")
    assert.deepStrictEqual(
      kolkata.map((l) => l.timeMs),
      utc.map((l) => l.timeMs)
    )
    assert.deepStrictEqual(
      caracas.map((l) => l.timeMs),
      utc.map((l) => l.timeMs)
    )
  })

  it("goes on over the end of a month and a leap day", () => {
    const { lines } = parse(trafficBytes({ startMs: Date.UTC(2028, 1, 29, 23, 59, 59), zoneMinutes: 0 }, 10))
    assert.include(lines[4]!.text, "[29/Feb/2028:23:59:59 +0000]")
    assert.include(lines[5]!.text, "[01/Mar/2028:00:00:00 +0000]")
  })

  it("sends the asked share of lines with a time that is late by the asked span", () => {
    const traffic = new Traffic(settings({ late: 0.1 }))
    const { lines } = parse(produce(traffic, 20_000))
    const late = lines.filter((l, i) => l.timeMs < startMs + Math.floor(i / 5) * 1000)
    assert.approximately(late.length / lines.length, 0.1, tolerance(0.1, lines.length))
    assert.strictEqual(traffic.totals.late, late.length)
    for (const [i, l] of lines.entries()) {
      const onTimeMs = startMs + Math.floor(i / 5) * 1000
      assert.include([onTimeMs, onTimeMs - 20_000], l.timeMs)
    }
  })

  it("damages the asked share of lines so that every one of them is rejected", () => {
    const traffic = new Traffic(settings({ malformed: 0.1 }))
    const { lines, rejected } = parse(produce(traffic, 20_000))
    assert.strictEqual(lines.length + rejected, 20_000)
    assert.approximately(rejected / 20_000, 0.1, tolerance(0.1, 20_000))
    assert.strictEqual(traffic.totals.malformed, rejected)
    assert.strictEqual(parse(trafficBytes({ malformed: 1 }, 20_000)).lines.length, 0)
  })

  it("counts what it wrote: lines, errors, classes", () => {
    const traffic = new Traffic(settings({ malformed: 0.05, late: 0.05 }))
    const { lines, rejected } = parse(produce(traffic, 10_000))
    const { totals } = traffic
    assert.strictEqual(totals.lines, lines.length + rejected)
    assert.strictEqual(totals.errors, lines.filter((l) => l.isError).length)
    assert.strictEqual(totals.byClass["4xx"] + totals.byClass["5xx"], totals.errors)
    assert.strictEqual(totals.byClass["2xx"], lines.length - totals.errors)
  })

  it("comes as many times denser as asked for in each burst, and at the rate between them", () => {
    const schedule = burstSchedule(5, { factor: 10, everyMs: 60_000, lengthMs: 5_000 })
    const { lines } = parse(trafficBytes({ schedule }, (250 + 275) * 3))
    for (let minute = 0; minute < 3; minute++) {
      const from = startMs + minute * 60_000
      const inSpan = (a: number, b: number) => lines.filter((l) => l.timeMs >= from + a && l.timeMs < from + b).length
      assert.strictEqual(inSpan(0, 5_000), 250)
      assert.strictEqual(inSpan(5_000, 60_000), 275)
    }
  })

  it("writes all lines at the time up to which it is asked where it has no schedule", () => {
    const traffic = new Traffic(settings({ schedule: undefined }))
    const first = parse(produce(traffic, 10, 0)).lines
    const second = parse(produce(traffic, 10, 4_000)).lines
    assert.deepStrictEqual(new Set(first.map((l) => l.timeMs)), new Set([startMs]))
    assert.deepStrictEqual(new Set(second.map((l) => l.timeMs)), new Set([startMs + 4_000]))
  })

  it("fills a buffer to its end and goes on in the next one without losing a line", () => {
    const whole = trafficBytes({}, 100)
    const traffic = new Traffic(settings())
    const parts: Array<string> = []
    while (traffic.totals.lines < 100) {
      const buffer = { bytes: new Uint8Array(1500), length: 0 }
      assert.isAbove(traffic.fill(buffer, Number.POSITIVE_INFINITY, 100 - traffic.totals.lines), 0)
      parts.push(`${Buffer.from(buffer.bytes.subarray(0, buffer.length)).toString()}\n`)
    }
    assert.isAbove(parts.length, 10)
    assert.strictEqual(parts.join(""), whole.toString())
  })
})

describe("incidents in the traffic", () => {
  const minuteMs = 60_000

  it("adds an attacking address's requests on top of the background, in its span alone, failing at its rate", () => {
    const traffic = new Traffic(settings({ incidents: [incident("ip:192.168.1.200@+2m/5m,rate=0.7,requests=2/s")] }))
    const { lines } = parse(produce(traffic, Number.MAX_SAFE_INTEGER, 10 * minuteMs - 1))
    const attack = lines.filter((l) => l.client === "192.168.1.200")
    assert.strictEqual(lines.length, 10 * 60 * 5 + 5 * 60 * 2)
    assert.strictEqual(attack.length, 600)
    assert.strictEqual(attack[0]!.timeMs, startMs + 2 * minuteMs)
    assert.strictEqual(attack[599]!.timeMs, startMs + 7 * minuteMs - 1000)
    assert.approximately(rateOf(attack), 0.7, tolerance(0.7, 600))
    assert.deepStrictEqual(traffic.takeLabels(), [
      {
        dimension: "ip",
        key: "192.168.1.200",
        start: "2026-01-05T03:02:00Z",
        end: "2026-01-05T03:07:00Z",
        kind: "attack",
        rate: 0.7,
        requests: 600,
        errors: attack.filter((l) => l.isError).length
      }
    ])
  })

  it("keeps its lines in the order of their times", () => {
    const incidents = [incident("ip:10.0.0.1@+10s/1m,requests=7/s"), incident("url:/api/panier@+20s/1m,requests=3/s")]
    const { lines } = parse(produce(new Traffic(settings({ incidents })), 1_000))
    assert.deepStrictEqual(
      lines.map((l) => l.timeMs),
      lines.map((l) => l.timeMs).sort((a, b) => a - b)
    )
  })

  it("breaks a URL for whoever asks for it while it lasts, and says how many did", () => {
    const traffic = new Traffic(
      settings({ errorRate: 0.05, incidents: [incident("url:/api/panier@2026-01-05T03:10:00Z/20m,rate=1,requests=0")] })
    )
    const { lines } = parse(produce(traffic, Number.MAX_SAFE_INTEGER, 60 * minuteMs))
    const asked = lines.filter((l) => l.url === "/api/panier")
    const broken = asked.filter((l) => l.timeMs >= startMs + 10 * minuteMs && l.timeMs < startMs + 30 * minuteMs)
    const [label] = traffic.takeLabels()
    assert.strictEqual(rateOf(broken), 1)
    assert.isBelow(rateOf(asked.filter((l) => !broken.includes(l))), 0.6)
    assert.deepStrictEqual([label!.dimension, label!.key, label!.kind], ["url", "/api/panier", "broken_url"])
    assert.deepStrictEqual([label!.requests, label!.errors], [broken.length, broken.length])
  })

  it("fails everything with what a server that is down answers while an outage lasts", () => {
    const traffic = new Traffic(settings({ incidents: [incident("outage@+1m/1m,rate=1")] }))
    const { lines } = parse(produce(traffic, 900))
    const down = lines.filter((l) => l.timeMs >= startMs + minuteMs && l.timeMs < startMs + 2 * minuteMs)
    assert.strictEqual(down.length, 300)
    for (const line of down) assert.match(line.text, /" 50[03] \d/)
    assert.deepStrictEqual([traffic.takeLabels()[0]!.dimension, traffic.takeLabels().length], ["global", 0])
  })

  it("cuts the label of an incident that is under way when the traffic ends, and has none for one that never began", () => {
    const traffic = new Traffic(
      settings({ incidents: [incident("ip:10.0.0.1@+1m/5m"), incident("ip:10.0.0.2@+1h/5m")] })
    )
    produce(traffic, Number.MAX_SAFE_INTEGER, 2 * minuteMs - 1)
    traffic.finish()
    const labels = traffic.takeLabels()
    assert.strictEqual(labels.length, 1)
    assert.deepStrictEqual([labels[0]!.end, labels[0]!.requests], ["2026-01-05T03:02:00Z", 120])
  })

  it("leaves late lines out of an incident, as their times may be before it", () => {
    const traffic = new Traffic(settings({ late: 0.3, errorRate: 0, incidents: [incident("outage@+1m/1m,rate=1")] }))
    const { lines } = parse(produce(traffic, 900))
    const [label] = traffic.takeLabels()
    for (const line of lines.filter((l) => l.isError)) {
      assert.isTrue(line.timeMs >= Date.parse(label!.start) && line.timeMs < Date.parse(label!.end))
    }
    assert.strictEqual(lines.filter((l) => l.isError).length, label!.errors)
  })

  it("joins an incident that began before the traffic did in its middle", () => {
    const traffic = new Traffic(settings({ incidents: [incident("ip:10.0.0.1@2026-01-05T02:59:00Z/2m,requests=2/s")] }))
    const { lines } = parse(produce(traffic, Number.MAX_SAFE_INTEGER, 2 * minuteMs))
    assert.strictEqual(lines.filter((l) => l.client === "10.0.0.1").length, 120)
    assert.strictEqual(traffic.takeLabels()[0]!.start, "2026-01-05T03:00:00Z")
  })
})

describe("parseIncident", () => {
  it("reads each kind with what it leaves out", () => {
    assert.deepStrictEqual(incident("ip:2001:db8::1@+1h30m/90s"), {
      kind: "ip",
      key: "2001:db8::1",
      start: { _tag: "After", ms: 5_400_000 },
      lengthMs: 90_000,
      rate: 0.7,
      requestsPerSecond: 2
    })
    assert.deepStrictEqual(incident("url:/a@b,c@2026-01-05T03:00:00+02:00/5m,requests=0.5/s,rate=1"), {
      kind: "url",
      key: "/a@b,c",
      start: { _tag: "At", ms: Date.UTC(2026, 0, 5, 1) },
      lengthMs: 300_000,
      rate: 1,
      requestsPerSecond: 0.5
    })
    assert.deepStrictEqual([incident("outage@+0s/5m").rate, incident("outage@+0s/5m").requestsPerSecond], [0.9, 0])
  })

  for (const text of [
    "",
    "ip:1.2.3.4",
    "ip:@+1m/1m",
    "ip:a b@+1m/1m",
    "host:a@+1m/1m",
    "url:api@+1m/1m",
    'url:/a"b@+1m/1m',
    "url:/nobody@+1m/1m,requests=0",
    "outage:x@+1m/1m",
    "outage@+1m",
    "outage@+1m/0s",
    "outage@1m/1m",
    "outage@2026-13-01T00:00:00Z/1m",
    "outage@+1m/1m,requests=2/s",
    "outage@+1m/1m,rate=1.5",
    "outage@+1m/1m,rate=",
    "ip:1.2.3.4@+1m/1m,requests=-1",
    "ip:1.2.3.4@+1m/1m,speed=2"
  ]) {
    it(`refuses "${text}" with a reason`, () => {
      const parsed = parseIncident(text)
      assert.isFalse(parsed.ok)
      if (!parsed.ok) assert.isAbove(parsed.why.length, 10)
    })
  }
})
