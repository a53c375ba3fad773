import { describe, expect, it } from "vitest"
import { MeasureCounts } from "../src/detection/measures.ts"
import {
  amountOf,
  areMeasures,
  batchOf,
  bucketOf,
  Detection,
  defaultReading,
  defaultSettings,
  durationBits,
  type FormatSpec,
  firstThresholds,
  formatNamed,
  LineScanner,
  limits,
  type Measures,
  mergedSketch,
  mostMeasured,
  parseLogFormat,
  quantileOf,
  readerFor,
  scanLines,
  thresholdsOf
} from "../src/index.ts"
import { bytesOf, common } from "./support/lines.ts"
import { Random } from "./support/random.ts"

const settings = { ...defaultSettings, allowedLatenessMs: 60_000 }
const detectionOf = (format?: FormatSpec, origin: "logs" | "file" = "logs") =>
  new Detection(
    { ...settings, reading: format === undefined ? defaultReading : { ...defaultReading, format } },
    thresholdsOf(firstThresholds),
    { origin, hashSeed: 7 }
  )

const read = (text: string, format?: FormatSpec) => {
  const detection = detectionOf(format)
  detection.ingest(batchOf([{ seq: 1, source: "a", storedMs: Date.UTC(2030, 0, 1), bytes: bytesOf(text) }]))
  detection.silence(Number.MAX_SAFE_INTEGER)
  const [decision] = detection.take().decisions
  return decision!.record
}

/** One line's measures, in plain numbers. */
const measured = (text: string, format?: FormatSpec) => {
  const { duration_us: duration, bytes, upstream } = read(text, format).measures ?? {}
  return [duration?.sum, bytes?.sum, upstream === undefined ? undefined : upstream[0]]
}

const declared = (format: string): FormatSpec => {
  const parsed = parseLogFormat(format)
  if (!parsed.ok) throw new Error(parsed.reason)
  return { name: "declared", wrappers: [], inner: parsed.spec }
}

const nginx = declared(
  '$remote_addr [$time_local] "$request" $status $body_bytes_sent "$http_user_agent" rt=$request_time us="$upstream_status"'
)
const nginxLine = (tail: string) => `203.0.113.7 [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 502 12 ${tail}`
const json = (fields: object) =>
  JSON.stringify({ time_local: "10/Oct/2026:13:55:36 +0000", remote_addr: "203.0.113.7", ...fields })

describe("what lines say of durations, sizes and upstreams", () => {
  it.each([
    ["Common", common({ size: "1234" }), [undefined, 1234, undefined]],
    ["Common without a size", common({ size: "-" }), [undefined, undefined, undefined]],
    ["a size that is no answer's", common({ size: "9999999999999999999" }), [undefined, undefined, undefined]],
    [
      "Traefik's Common",
      common({ size: "12", rest: ' "-" "-" 7 "web@docker" "http://10.0.0.2:80" 15ms' }),
      [15_000, 12, undefined]
    ],
    [
      "nginx' JSON",
      json({
        request: "GET /a HTTP/1.1",
        status: "502",
        body_bytes_sent: "12",
        request_time: "0.123",
        upstream_status: "502, 504"
      }),
      [123_000, 12, 504]
    ],
    [
      "JSON with its unit in the key",
      json({ request: "GET /a HTTP/1.1", status: 200, duration_ms: 12.5 }),
      [12_500, undefined, undefined]
    ],
    [
      "JSON with its unit in the value",
      json({ request: "GET /a HTTP/1.1", status: 200, latency: "3ms" }),
      [3_000, undefined, undefined]
    ],
    [
      "JSON that does not say its unit",
      json({ request: "GET /a HTTP/1.1", status: 200, duration: 12.5 }),
      [undefined, undefined, undefined]
    ],
    [
      "Caddy",
      '{"level":"info","ts":1791640536.123,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"203.0.113.7","method":"GET","host":"example.com","uri":"/a"},"duration":1.5e-05,"size":12,"status":200}',
      [15, 12, undefined]
    ],
    [
      "Traefik's JSON",
      '{"ClientHost":"203.0.113.7","DownstreamContentSize":12,"DownstreamStatus":502,"Duration":1500000,"OriginStatus":504,"RequestMethod":"GET","RequestPath":"/a","StartUTC":"2026-10-10T13:55:36.000000000Z"}',
      [1_500, 12, 504]
    ],
    [
      "IIS",
      "#Fields: date time s-ip cs-method cs-uri-stem c-ip sc-status sc-substatus sc-win32-status sc-bytes time-taken\n2026-10-10 13:55:36 10.0.0.1 GET /a 203.0.113.7 404 0 0 12 46",
      [46_000, 12, undefined]
    ],
    [
      "CloudFront",
      "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status time-taken\n2026-10-10\t13:55:36\tLHR1\t12\t203.0.113.7\tGET\texample.com\t/a\t200\t0.046",
      [46_000, 12, undefined]
    ],
    [
      "LTSV",
      "time:10/Oct/2026:13:55:36 +0000\thost:203.0.113.7\treq:GET /a HTTP/1.1\tstatus:200\tsize:12\trequest_time:0.250",
      [250_000, 12, undefined]
    ]
  ])("%s", (_, text, expected) => {
    expect(measured(text)).toEqual(expected)
  })

  it.each([
    [
      "squid",
      "1286536309.450    180 203.0.113.7 TCP_MISS/200 411 GET http://example.com/a.html - DIRECT/192.0.2.9 text/html",
      [180_000, 411, undefined]
    ],
    [
      "aws-alb",
      'http 2018-07-02T22:23:00.186641Z app/lb/50 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 502 504 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - -',
      [1_000, 366, 504]
    ],
    [
      "aws-alb",
      'http 2018-07-02T22:23:00.186641Z app/lb/50 192.168.131.39:2817 - -1 -1 -1 503 - 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - -',
      [undefined, 366, undefined]
    ],
    [
      "aws-elb",
      '2015-05-13T23:39:43.945958Z lb 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -',
      [1_178, 29, 200]
    ],
    [
      "haproxy-http",
      '10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/+109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1"',
      [109_000, 2750, undefined]
    ]
  ])("%s, by its name", (name, text, expected) => {
    expect(measured(text, formatNamed(name))).toEqual(expected)
  })

  it("Apache's %D and %T", () => {
    const line = '203.0.113.7 - - [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 200 12 "-" "x" 4321'
    const format = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"'
    expect(measured(line, declared(`${format} %D`))).toEqual([4_321, 12, undefined])
    expect(measured(line, declared(`${format} %{ms}T`))).toEqual([4_321_000, 12, undefined])
  })

  it("behind an agent of any kind; a line whose measures cannot be read counts all the same", () => {
    expect(measured(nginxLine('"curl \\x22 us=" rt=0.050 us="502, 200"'), nginx)).toEqual([50_000, 12, 200])
    expect(measured(nginxLine('"-" rt=- us="-"'), nginx)).toEqual([undefined, 12, undefined])
    for (const tail of ['"curl"', '"curl" 0.050', '"curl" rt=1.000', '"a" rt=0.1ms us="20"', '"a" rt=-1 us="1502"']) {
      const { total, errors, measures } = read(nginxLine(tail), nginx)
      expect([total, errors, measures?.bytes?.sum], tail).toEqual([1, 1, 12])
      expect(measures?.upstream, tail).toBeUndefined()
    }
  })

  it("are the same where lines are scanned in another thread", () => {
    const text = Array.from({ length: 50 }, (_, i) => nginxLine(`"a" rt=${i / 1000} us="50${i % 5}"`)).join("\n")
    const bytes = bytesOf(`${text}\n`)
    const reading = { ...defaultReading, format: nginx }
    const [whole, apart] = [detectionOf(nginx, "file"), detectionOf(nginx, "file")]
    whole.ingestLines(bytes, 0, bytes.length, 1)
    const scanner = new LineScanner("path", limits.lineBytes, 7, readerFor(reading))
    apart.ingestScanned(scanLines(scanner, bytes, 0, bytes.length), 1)
    const records = [whole, apart].map((detection) => {
      detection.endOfFile()
      return detection.take().decisions.map(({ record }) => record)
    })
    expect(records[0]![0]!.measures).toMatchObject({ duration_us: { count: 50, sum: 1_225_000 } })
    expect(records[1]).toEqual(records[0])
  })

  it("are not told by rules that do not name errors, so that old records are derived again as they are", () => {
    const detection = new Detection({ ...settings, errors: undefined }, thresholdsOf(firstThresholds), {
      origin: "logs",
      hashSeed: 7
    })
    detection.ingest(batchOf([{ seq: 1, source: "a", storedMs: Date.UTC(2030, 0, 1), bytes: bytesOf(common()) }]))
    detection.silence(Number.MAX_SAFE_INTEGER)
    expect(detection.take().decisions[0]!.record).not.toHaveProperty("measures")
  })
})

describe("a sketch", () => {
  const amounts = (random: Random, most: number) =>
    Array.from({ length: random.int(1, 300) }, () => Math.floor(2 ** (random.next() * most)) - 1)

  const sketchesOf = (of: ReadonlyArray<number>): Measures => {
    const counts = new MeasureCounts()
    for (const amount of of) {
      if (amount < 0) continue
      counts.durationUs(amount)
    }
    return counts.told() ?? {}
  }

  it("tells every amount within its relative error, and numbers buckets in the order of the amounts", () => {
    for (const bits of [durationBits, 1]) {
      let last = -1
      for (let k = 0; k <= 42; k += 1 / 64) {
        const amount = Math.min(mostMeasured - 1, Math.floor(2 ** k))
        const bucket = bucketOf(amount, bits)
        expect(bucket).toBeGreaterThanOrEqual(last)
        last = bucket
        expect(Math.abs(amountOf(bucket, bits) - amount)).toBeLessThanOrEqual(amount / (2 ** (bits + 1) + 1) + 1e-9)
      }
      // All that a window may hold: some kilobytes.
      expect(last).toBeLessThan(42 * 2 ** bits)
    }
  })

  it("tells quantiles within its relative error", () => {
    const random = new Random(1)
    for (let n = 0; n < 200; n++) {
      const all = amounts(random, 41)
      const sorted = [...all].sort((a, b) => a - b)
      const sketches = sketchesOf(all)
      for (const q of [0, 0.5, 0.95, 0.99, 1]) {
        const exact = sorted[Math.max(0, Math.ceil(q * all.length) - 1)]!
        const told = quantileOf(sketches.duration_us!, q)
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact / 33 + 1e-9)
      }
    }
    expect(quantileOf({ count: 0, sum: 0, buckets: [] }, 0.5)).toBeNaN()
  })

  it("is the same in whatever order its amounts come, and two merged are that of all", () => {
    const random = new Random(2)
    for (let n = 0; n < 200; n++) {
      const [a, b] = [amounts(random, 41), amounts(random, 20)]
      const all = sketchesOf(random.shuffled([...a, ...b]))
      const [first, second] = [sketchesOf(a).duration_us!, sketchesOf(b).duration_us!]
      expect(mergedSketch(first, second)).toEqual(all.duration_us)
      expect(mergedSketch(second, first)).toEqual(all.duration_us)
    }
  })

  it("leaves out what is no measure, and its sum stays a whole number", () => {
    expect(sketchesOf([mostMeasured, 2 * mostMeasured])).toEqual({})
    const full = { count: 1, sum: Number.MAX_SAFE_INTEGER, buckets: [700, 1] }
    expect(mergedSketch(full, full).sum).toBe(Number.MAX_SAFE_INTEGER)
  })

  it("is recognised in a record, and nothing else is", () => {
    expect(areMeasures(sketchesOf([1, 2, 3]))).toBe(true)
    for (const wrong of [
      null,
      1,
      { bytes: 1 },
      { duration_us: { count: 1, sum: 1, buckets: [1] } },
      { upstream: { 200: 1 } }
    ])
      expect(areMeasures(wrong)).toBe(false)
  })
})
