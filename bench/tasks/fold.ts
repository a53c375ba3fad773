/**
 * Parse and fold in memory: `fold.ts <file> <rounds>`, in pieces of 64 KiB as they come from LOGS, beside finding the newlines only.
 * Prints lines a second of both for each round.
 */
import { readFileSync } from "node:fs"
import { batchOf, Detection, defaultSettings, firstThresholds, type LogBatch, thresholdsOf } from "@chaussettes/domain"

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

const newlines = (): number => {
  let lines = 0
  for (const { bytes: piece } of batches)
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++
  return lines
}

const fold = (): number => {
  const settings = { ...defaultSettings, allowedLatenessMs: 60_000, idleMs: Number.MAX_SAFE_INTEGER }
  const detection = new Detection(settings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
  for (const batch of batches) {
    detection.ingest(batch)
    detection.take()
  }
  return detection.counts.lines
}

const rate = (work: () => number): number => {
  const startedMs = performance.now()
  const lines = work()
  return lines / ((performance.now() - startedMs) / 1000)
}

const results = { ours: [] as Array<number>, limit: [] as Array<number> }
rate(newlines)
rate(fold)
for (let round = 0; round < rounds; round++) {
  results.limit.push(rate(newlines))
  results.ours.push(rate(fold))
}
console.log(JSON.stringify(results))
