/*
 * A horizon full of distinct clients and URLs, and then a window with a million of them, while lines come late for all of it; in a process of its
 * own: prints what became of them as JSON.
 */
import { Detection, defaultSettings, firstThresholds, LogBatchBuilder, thresholdsOf } from "../../src/index.ts"
import { bytesOf, combined, logTime } from "./lines.ts"
import { zeroMs } from "./script.ts"

const linesAMessage = 500
const detection = new Detection(defaultSettings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 12345 })
let [seq, lines, key] = [0, 0, 0]
const accounted = { windows: 0, revised: 0, late: 0, revisions: 0 }

/** So many lines with a key each that nobody else has, at these seconds, in messages stored at `atS`. */
const send = (count: number, second: (i: number) => number, atS: number): void => {
  for (let sent = 0; sent < count; sent += linesAMessage) {
    const text = Array.from({ length: Math.min(linesAMessage, count - sent) }, (_, i) =>
      combined({
        client: `h${++key}`,
        time: logTime(zeroMs + second(sent + i) * 1000),
        request: `GET /u${key}/and/a/path/that/is/about/as/long/as/those/of/many/a/site/are HTTP/1.1`
      })
    )
    lines += text.length
    const builder = new LogBatchBuilder()
    builder.push(++seq, "a", zeroMs + atS * 1000, bytesOf(text.join("\n")))
    detection.ingest(builder.take())
    take()
  }
}

const take = (): void => {
  for (const { record } of detection.take().decisions) {
    accounted.late += record.since_last.late
    if (record.revision === undefined) accounted.windows += record.total
    else {
      accounted.revisions++
      accounted.revised += record.revision.added.total
    }
  }
}

for (let s = 0; s < 600; s += 10) send(4_000, () => s + 5, s + 10)
send(1_000_000, (i) => (i % 4 === 0 ? 10 + ((i / 4) % 590) : 605), 610)
detection.endOfLogs()
take()
process.stdout.write(JSON.stringify({ lines, ...accounted, peakMiB: process.resourceUsage().maxRSS / 1024 }))
