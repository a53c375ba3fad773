/**
 * Parse and fold against another checkout of this repository, in one process and in turns: `npm run bench:against -- ../before [rounds]`. Prints the
 * processor time a line of both and the ratio of their speeds, for the synthetic log, a real one and one with a line a window: without incidents, and
 * with these decided, as `detect` does. Above 1 this one is faster.
 */
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as ours from "@chaussettes/domain"
import { realLog, sparseLog, syntheticLog } from "./support/data.ts"

type Domain = typeof ours

const [other, roundsGiven = "15"] = process.argv.slice(2)
if (other === undefined) {
  process.stderr.write("Name the other checkout: npm run bench:against -- ../before [rounds]\n")
  process.exit(2)
}
const theirs = (await import(pathToFileURL(resolve(other, "libs/domain/src/index.ts")).href)) as Domain
const lines = 200_000
const sparseLines = 50_000
const pieceBytes = 64 * 1024

/** In pieces as they come from LOGS. */
const batchesOf = (domain: Domain, bytes: Buffer): ReadonlyArray<ours.LogBatch> => {
  const batches: Array<ours.LogBatch> = []
  for (let at = 0, seq = 1; at < bytes.length; seq++) {
    let end = Math.min(bytes.length, at + pieceBytes)
    if (end < bytes.length) end = bytes.lastIndexOf(10, end) + 1
    const message = { seq, source: "bench", storedMs: Number.MAX_SAFE_INTEGER, bytes: bytes.subarray(at, end) }
    batches.push(domain.batchOf([message]))
    at = end
  }
  return batches
}

/** Processor time a line, in nanoseconds. */
const cost = (domain: Domain, batches: ReadonlyArray<ours.LogBatch>, decidesIncidents: boolean): number => {
  const settings = { ...domain.defaultSettings, allowedLatenessMs: 60_000, idleMs: Number.MAX_SAFE_INTEGER }
  const watcher = decidesIncidents
    ? new domain.DecidedIncidents(domain.firstModelInForce(settings.windowMs), () => undefined)
    : undefined
  const detection = new domain.Detection(settings, domain.thresholdsOf(domain.firstThresholds), {
    origin: "logs",
    hashSeed: 1,
    ...(watcher === undefined ? {} : { watcher })
  })
  const before = process.cpuUsage()
  for (const batch of batches) {
    detection.ingest(batch)
    for (const { record } of detection.take().decisions) domain.encodeRecord(record)
    watcher?.take()
  }
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / detection.counts.lines
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const logs = { synthetic: await syntheticLog(lines), real: await realLog(lines), sparse: await sparseLog(sparseLines) }
const rows = Object.entries(logs).flatMap(([name, file]) => [
  { name, file, decidesIncidents: false },
  { name: `${name}, incidents`, file, decidesIncidents: true }
])
for (const { name, file, decidesIncidents } of rows) {
  const bytes = readFileSync(file)
  const sides = [
    { domain: ours, batches: batchesOf(ours, bytes), costs: [] as Array<number> },
    { domain: theirs, batches: batchesOf(theirs, bytes), costs: [] as Array<number> }
  ]
  for (let round = -3; round < Number(roundsGiven); round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const ns = cost(side.domain, side.batches, decidesIncidents)
      if (round >= 0) side.costs.push(ns)
    }
  }
  const [mine, before] = sides.map(({ costs }) => median(costs)) as [number, number]
  const pairs = sides[1]!.costs.map((ns, i) => ns / sides[0]!.costs[i]!)
  process.stdout.write(
    `${name.padEnd(20)} ${mine.toFixed(0)} ns a line, ${before.toFixed(0)} there: ${(before / mine).toFixed(3)} times as fast (median of pairs ${median(pairs).toFixed(3)})\n`
  )
}
