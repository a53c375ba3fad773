/**
 * What it costs to read a record: `node libs/jetstream/bench/decode.ts`. Prints microseconds of processor time a record for the JSON alone, for a record
 * whose fields are believed and for one whose fields are checked.
 */
import { Detection, defaultSettings, encodeRecord, firstThresholds, thresholdsOf } from "@chaussettes/domain"
import { decodeRecord, decodeRecordUnchecked } from "@chaussettes/domain/wire"

const detection = new Detection(defaultSettings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
const lines = Array.from({ length: 1_000 }, (_, i) => {
  const second = `${Math.floor(i / 100)}`.padStart(2, "0")
  return `10.0.0.${i % 90} - - [17/May/2015:10:00:${second} +0000] "GET /a/${i % 70} HTTP/1.1" ${i % 17 === 0 ? 404 : 200} 512 "-" "-"\n`
})
const bytes = Buffer.from(lines.join(""))
detection.ingestLines(bytes, 0, bytes.length, 1)
detection.endOfFile()
const record = detection.take().decisions[0]!.record
// Each text is another one, as in a stream.
const texts = Array.from({ length: 2_000 }, (_, i) => encodeRecord({ ...record, through_seq: i + 1 }))

const rounds = 10
for (const [what, read] of Object.entries({
  JSON: JSON.parse,
  unchecked: decodeRecordUnchecked,
  checked: decodeRecord
})) {
  for (const text of texts) read(text)
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round++) for (const text of texts) read(text)
  const { user, system } = process.cpuUsage(before)
  process.stdout.write(
    `${what}: ${((user + system) / (rounds * texts.length)).toFixed(1)} µs of ${texts[0]!.length} bytes\n`
  )
}
