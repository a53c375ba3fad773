/** Fills LOGS: `fill.ts <url> <file> <lines a message>`, all acknowledged. Counts lines. */
import { readFileSync } from "node:fs"
import { LogsWriter } from "@chaussettes/jetstream"
import { Effect } from "effect"
import { measured, ports } from "./ports.ts"

const [url, file, linesAMessage] = [process.argv[2]!, process.argv[3]!, Number(process.argv[4])]

const work = Effect.gen(function* () {
  const writer = yield* LogsWriter
  const bytes = readFileSync(file)
  let lines = 0
  for (let at = 0; at < bytes.length; ) {
    let end = at
    for (let i = 0; i < linesAMessage && end < bytes.length; i++, lines++) {
      const next = bytes.indexOf(10, end)
      end = next < 0 ? bytes.length : next + 1
    }
    yield* writer.publish("bench", { payload: bytes.subarray(at, end) })
    at = end
  }
  yield* writer.publish("bench", { payload: new Uint8Array(0), watermark: "end" })
  yield* writer.flush
  return lines
})

await Effect.runPromise(measured(work).pipe(Effect.scoped, Effect.provide(ports(url))))
