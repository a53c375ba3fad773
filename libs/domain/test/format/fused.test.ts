import { describe, expect, it } from "vitest"
import {
  type FormatSpec,
  LineScanner,
  noChoice,
  parseLogFormat,
  readerOf,
  recognise,
  trustOf
} from "../../src/index.ts"
import { bytesOf, textOf } from "../support/lines.ts"
import { Random } from "../support/random.ts"

/*
 * Lines of patterns and columns are read in one pass where they are as most are. Where a proxy is trusted they are not: then another reading has to find
 * the same in every line, right or not, that names no proxy.
 */

const pattern = (text: string): FormatSpec => {
  const parsed = parseLogFormat(text)
  if (!parsed.ok) throw new Error(parsed.reason)
  return { name: "declared", wrappers: [], inner: parsed.spec }
}

const line =
  '203.0.113.7 [10/Oct/2026:13:55:36 +0000] "GET /a/b?c=d HTTP/1.1" 404 1234 0.003 "https://e.example/" "x y"'
const formats: ReadonlyArray<readonly [name: string, format: FormatSpec, line: string]> = [
  [
    "fields with a duration that is measured",
    pattern(
      '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time "$http_referer" "$http_user_agent"'
    ),
    line
  ],
  [
    "a duration at the end",
    pattern('$remote_addr [$time_local] "$request" $status $request_time'),
    '203.0.113.7 [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 404 12.5'
  ],
  [
    "fields that end the line",
    pattern('"$host" $remote_addr $time_iso8601 $request_method $uri $status $body_bytes_sent'),
    '"e.example" 203.0.113.7 2026-10-10T13:55:36+00:00 GET /a/b 404 1234'
  ],
  [
    "a size that nobody knows",
    pattern('$remote_addr [$time_local] "$request" $status $body_bytes_sent "$http_referer"'),
    '255.10.0.25 [10/Oct/2026:13:55:36 +0000] "GET /a/b HTTP/2" 304 - "-"'
  ],
  [
    "how long it took in the middle",
    {
      name: "x",
      wrappers: [],
      inner: {
        kind: "text",
        pattern: '$client:$port [$time] $duration "$request" $status $size',
        unit: "ms"
      }
    },
    '203.0.113.7:4312 [2026-10-10T13:55:36.123Z] 15.25 "GET /a?b HTTP/1.1" 404 12'
  ],
  [
    "W3C's columns",
    recognise([
      "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status sc-bytes time-taken"
    ])!,
    "2026-10-10 13:55:36 10.0.0.9 GET /a/b c=d 203.0.113.7 x+y 404 1234 15"
  ],
  [
    "W3C's columns without a query",
    recognise(["#Fields: date time cs-method cs-uri-stem c-ip sc-status"])!,
    "2026-10-10\t13:55:36\tGET\t/a/b?c=d\t203.0.113.7\t404"
  ]
]

const telling = [
  ...'"\\ []{}?/*-+.:,%\t\r\n\x00\x7f\xc3\xa9',
  ...[
    "::1",
    "256.",
    ".01",
    "999",
    "000",
    "-1",
    " 200 5 ",
    '" 404 1',
    "GET / ",
    "HTTP/1.1",
    "//",
    "http://e.example/",
    "1e3",
    "ms",
    "+0530",
    "60"
  ]
]

const mutated = (text: string, random: Random): string => {
  let result = text
  for (let n = random.int(0, 3); n > 0; n--) {
    const at = random.int(0, result.length)
    const change = random.pick(["insert", "replace", "remove", "repeat"] as const)
    const more = change === "repeat" ? result.slice(at, at + random.int(1, 8)) : random.pick(telling)
    result =
      result.slice(0, at) +
      (change === "remove" ? "" : more) +
      result.slice(change === "insert" ? at : at + random.int(1, 3))
  }
  return result
}

const fieldsOf = (scanner: LineScanner, bytes: Uint8Array) => {
  const code = scanner.scan(bytes, 0, bytes.length)
  const { lineEnd, next, timeMs, status, size, durationUs, upstreamStatus, clientHash, urlHash } = scanner
  if (code !== 0) return { code, lineEnd, next }
  const part = (from: number, to: number) => textOf(scanner.text.subarray(from, to))
  const hasUrl = scanner.urlStart >= 0
  return {
    code,
    ...{ lineEnd, next, timeMs, status, size, durationUs, upstreamStatus, clientHash },
    client: part(scanner.clientStart, scanner.clientEnd),
    method: part(scanner.methodStart, scanner.methodEnd),
    url: hasUrl ? part(scanner.urlStart, scanner.urlEnd) : undefined,
    urlHash: hasUrl ? urlHash : 0
  }
}

describe("the reading in one pass", () => {
  it.each(
    formats.flatMap(([name, spec, text]) =>
      (["path", "target"] as const).map((key) => [name, key, spec, text] as const)
    )
  )("%s, by %s: finds what the other reading finds, in right lines and in wrong ones", (_, key, spec, text) => {
    const scanner = (trust: boolean) =>
      new LineScanner(
        key,
        4_096,
        7,
        readerOf(spec, trust ? { ...noChoice, trust: trustOf(["192.0.2.254"]) } : noChoice)
      )
    const [fused, apart] = [scanner(false), scanner(true)]
    const random = new Random(3)
    let right = 0
    for (let n = 0; n < 20_000; n++) {
      const bytes = bytesOf(`${n === 0 ? text : mutated(text, random)}${random.pick(["", "\n", "\r\n", "\nx"])}`)
      const found = fieldsOf(fused, bytes)
      expect(found, textOf(bytes)).toEqual(fieldsOf(apart, bytes))
      if (found.code === 0) right++
    }
    expect(right).toBeGreaterThan(2_000)
    expect(right).toBeLessThan(19_000)
  })
})
