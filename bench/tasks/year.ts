/** Writes so many records of ten-second windows into WINDOWS: `year.ts <url> <records>`. */
import { batchOf, Detection, defaultSettings, firstThresholds, rfc3339, thresholdsOf } from "@chaussettes/domain"
import { LogsReader, LogsWriter, WindowsLog } from "@chaussettes/jetstream"
import { Effect } from "effect"
import { measured, ports } from "./ports.ts"

const [url, records] = [process.argv[2]!, Number(process.argv[3])]
const together = 20_000
const endMs = Date.UTC(2026, 0, 5)

/** A record as the detector makes it, of which only the times are changed. */
const template = (logsCreated: string): string => {
  const line = '10.0.0.1 - - [05/Jan/2026:10:00:01 +0000] "GET /a HTTP/1.1" 404 512\n'
  const storedMs = Date.UTC(2026, 0, 5, 11)
  const detection = new Detection(defaultSettings, thresholdsOf(firstThresholds, 1), {
    origin: "logs",
    hashSeed: 1,
    logsCreated
  })
  detection.ingest(
    batchOf([{ seq: 1, source: "bench", storedMs, bytes: new TextEncoder().encode(line), watermark: "end" }])
  )
  return JSON.stringify(detection.take().decisions[0]!.record)
}

const work = Effect.gen(function* () {
  const writer = yield* LogsWriter
  const log = yield* WindowsLog
  yield* writer.publish("bench", { payload: new TextEncoder().encode("once\n") })
  yield* writer.flush
  const { created } = yield* (yield* LogsReader).state
  const text = template(created)
  const [start, end] = ["2026-01-05T10:00:00Z", "2026-01-05T10:00:10Z"]
  for (let seq = 0; seq < records; ) {
    const entries = Array.from({ length: Math.min(together, records - seq) }, (_, i) => {
      const startMs = endMs - (records - seq - i) * 10_000
      const data = text.replaceAll(start, rfc3339(startMs)).replaceAll(end, rfc3339(startMs + 10_000))
      return {
        subject: "windows.decided",
        data: data.replace('"breaches":{"global":1', '"breaches":{"global":0'),
        epoch: 1
      }
    })
    seq = yield* log.append(entries, seq)
  }
  return records
})

await Effect.runPromise(measured(work).pipe(Effect.scoped, Effect.provide(ports(url))))
