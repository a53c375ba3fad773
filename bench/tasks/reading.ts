/**
 * Parse and fold as the settings of a reading say: `reading.ts <file> <rounds>`, in pieces of 64 KiB as they come from LOGS. Prints lines a second of this
 * program's own time for each reading, so that a busy machine counts for none; the rounds are interleaved.
 */
import { readFileSync } from "node:fs"
import {
  batchOf,
  Detection,
  defaultReading,
  defaultSettings,
  firstThresholds,
  type LineReading,
  type LogBatch,
  thresholdsOf
} from "@chaussettes/domain"

const bytes = readFileSync(process.argv[2]!)
const rounds = Number(process.argv[3])
const pieceBytes = 64 * 1024

const batches: Array<LogBatch> = []
for (let at = 0, seq = 1; at < bytes.length; seq++) {
  let end = Math.min(bytes.length, at + pieceBytes)
  if (end < bytes.length) end = bytes.lastIndexOf(10, end) + 1
  batches.push(batchOf([{ seq, source: "bench", storedMs: Number.MAX_SAFE_INTEGER, bytes: bytes.subarray(at, end) }]))
  at = end
}

const readings: { readonly [name: string]: LineReading } = {
  plain: defaultReading,
  templates: { ...defaultReading, templates: { auto: 1 } }
}

const rate = (reading: LineReading): number => {
  const settings = { ...defaultSettings, allowedLatenessMs: 60_000, idleMs: Number.MAX_SAFE_INTEGER, reading }
  const detection = new Detection(settings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
  const before = process.cpuUsage()
  for (const batch of batches) {
    detection.ingest(batch)
    detection.take()
  }
  return detection.counts.lines / (process.cpuUsage(before).user / 1e6)
}

const results: { [name: string]: Array<number> } = {}
for (const reading of Object.values(readings)) rate(reading)
for (let round = 0; round < rounds; round++) {
  for (const [name, reading] of Object.entries(readings)) {
    results[name] ??= []
    results[name].push(rate(reading))
  }
}
console.log(JSON.stringify(results))
