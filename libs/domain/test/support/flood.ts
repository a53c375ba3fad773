/*
 * Windows with very many distinct clients and URLs, in a process of its own: prints what became of them as JSON.
 * Usage: node flood.ts <distinct keys> <windows that are open at once, at most 5>
 */
import { Detection, defaultSettings, firstThresholds, LogBatchBuilder, thresholdsOf } from "../../src/index.ts"
import { bytesOf, combined, logTime } from "./lines.ts"
import { zeroMs } from "./script.ts"

const distinct = Number(process.argv[2])
const windows = Number(process.argv[3])
const heavy = 20
/** Every so many lines one of the heavy clients asks for one of the heavy URLs, in vain. */
const heavyEvery = 100
const linesAMessage = 5_000

/** As long as paths in real logs may be: the bytes of the keys reach their limit, too. */
const longPath = "/and/a/path/that/is/about/as/long/as/those/of/many/a/site/are"
const template = bytesOf(
  `${combined({ client: "h00000000", time: logTime(zeroMs), request: `GET /u00000000${longPath} HTTP/1.1`, status: "200" })}\n`
)
const clientAt = 1
const urlAt = template.indexOf("/u0".charCodeAt(0), template.indexOf("T".charCodeAt(0), 40)) + 2
/** The ones of the minute: windows are a minute apart. */
const minuteAt = template.indexOf("[".charCodeAt(0)) + 17
const statusAt = template.indexOf('"'.charCodeAt(0), urlAt) + 2

const writeDigits = (to: Uint8Array, at: number, value: number): void => {
  for (let i = 7, rest = value; i >= 0; i--, rest = Math.floor(rest / 10)) to[at + i] = 48 + (rest % 10)
}

const settings = { ...defaultSettings, allowedLatenessMs: 3_600_000 }
const detection = new Detection(settings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 12345 })
const builder = new LogBatchBuilder(linesAMessage * template.length)
const payload = new Uint8Array(linesAMessage * template.length)
let [seq, lines, errors, sent] = [0, 0, 0, 0]
while (sent < distinct) {
  let length = 0
  for (let i = 0; i < linesAMessage && sent < distinct; i++) {
    payload.set(template, length)
    payload[length + minuteAt] = 48 + (lines % windows)
    lines++
    if (lines % heavyEvery === 0) {
      const n = 99_000_000 + ((lines / heavyEvery) % heavy)
      writeDigits(payload, length + clientAt, n)
      writeDigits(payload, length + urlAt, n)
      payload.set(bytesOf("500"), length + statusAt)
      errors++
    } else {
      writeDigits(payload, length + clientAt, sent)
      writeDigits(payload, length + urlAt, sent)
      sent++
    }
    length += template.length
  }
  builder.push(++seq, "a", zeroMs, payload.subarray(0, length))
  detection.ingest(builder.take())
}
builder.push(++seq, "a", zeroMs + 3_600_000, new Uint8Array(), "end")
detection.ingest(builder.take())
const decisions = detection.take().decisions
process.stdout.write(
  JSON.stringify({
    lines,
    errors,
    heavy,
    records: decisions.map((d) => d.record),
    named: decisions[0]?.alerts.map((a) => a.ip ?? a.url?.replace(longPath, "") ?? "all"),
    peakMiB: process.resourceUsage().maxRSS / 1024
  })
)
