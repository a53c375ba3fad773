import { batchOf, rfc3339 } from "@chaussettes/domain"
import { layerWindows, type StoredEntry, WindowsLog } from "@chaussettes/jetstream"
import {
  layerActsLogMemory,
  layerAlertsLogMemory,
  layerDetectorStateMemory,
  layerIncidentsLogMemory,
  layerLogsReaderMemory,
  layerRulesStoreMemory,
  layerThresholdsStoreMemory,
  MemoryServer,
  makeMemoryServer
} from "@chaussettes/jetstream/memory"
import { Health } from "@chaussettes/service"
import { Effect, Layer, Stream } from "effect"
import { Feed } from "../src/live/feed.ts"
import { detect, trafficOf } from "./fixture.ts"

/*
 * What the page's process needs for so many ten-second windows, read from a WINDOWS that is made while it is read: `year.ts [windows]`. A year of
 * them are 3,153,600. `memory.test.ts` bundles it, because to run TypeScript takes Node fifty megabytes by itself. It prints the most memory that the process has had, and how much of it stands in columns.
 */
const count = Number(process.argv[2] ?? 3_153_600)
const windowMs = 10_000
const endMs = Date.UTC(2026, 0, 5)
/** As many as come together from a server, which packs 256 KiB. */
const together = 100
const encoder = new TextEncoder()

/** A record as the detector makes it, cut where its times, its place and its counts stand. */
const template = (() => {
  const [fromMs, toMs] = [endMs - 60_000, endMs - 50_000]
  const planted = [{ kind: "global" as const, fromMs, toMs }]
  const { records } = detect(trafficOf({ fromMs, toMs, perSecond: 40, planted }))
  const record = records[0]!
  const text = JSON.stringify({ ...record, total: "TOTAL", errors: "ERRORS", through_seq: "THROUGH" })
  return text
    .replaceAll(record.end, "END")
    .replaceAll(record.start, "START")
    .replaceAll(/"(TOTAL|ERRORS|THROUGH)"/g, "$1")
    .split(/(START|END|TOTAL|ERRORS|THROUGH)/)
})()

const entryAt = (seq: number): StoredEntry => {
  const startMs = endMs - (count - seq + 1) * windowMs
  const values: { readonly [name: string]: string } = {
    START: rfc3339(startMs),
    END: rfc3339(startMs + windowMs),
    TOTAL: `${200 + ((seq * 7_919) % 900)}`,
    ERRORS: `${seq % 40}`,
    THROUGH: `${seq * 4}`
  }
  return { seq, subject: "windows.decided", data: template.map((part) => values[part] ?? part).join(""), epoch: 1 }
}

const entries = (fromSeq: number, throughSeq = count) =>
  Stream.paginate(Math.max(1, fromSeq), (from) =>
    Effect.sync(() => {
      const end = Math.min(throughSeq, from + together - 1)
      const some = Array.from({ length: Math.max(0, end - from + 1) }, (_, i) => entryAt(from + i))
      return [some, end < throughSeq ? { _tag: "Some" as const, value: end + 1 } : { _tag: "None" as const }] as never
    })
  ) as Stream.Stream<StoredEntry>

const windowsOfAYear = Layer.succeed(WindowsLog, {
  append: () => Effect.die("nobody writes here"),
  lastSeq: Effect.succeed(count),
  bounds: Effect.succeed({ firstSeq: 1, lastSeq: count }),
  get: (seq) => Effect.succeed(seq >= 1 && seq <= count ? entryAt(seq) : undefined),
  readFrom: (fromSeq) => entries(fromSeq),
  readPacked: (fromSeq, throughSeq) =>
    entries(fromSeq, throughSeq).pipe(
      Stream.chunks,
      Stream.map((some) =>
        batchOf(
          some.map(({ seq, subject, data }) => ({ seq, source: subject, storedMs: endMs, bytes: encoder.encode(data) }))
        )
      )
    ),
  follow: (fromSeq) => Stream.concat(entries(fromSeq), Stream.never)
})

const program = Effect.gen(function* () {
  const server = yield* makeMemoryServer
  const ports = Layer.mergeAll(
    Layer.provideMerge(layerWindows, windowsOfAYear),
    layerActsLogMemory,
    layerAlertsLogMemory,
    layerIncidentsLogMemory,
    layerRulesStoreMemory,
    layerThresholdsStoreMemory,
    layerDetectorStateMemory,
    layerLogsReaderMemory
  ).pipe(Layer.provide(Layer.succeed(MemoryServer, server)))
  const context = yield* Layer.build(
    Feed.layer("named").pipe(Layer.provideMerge(ports), Layer.provideMerge(Health.layer("nats", "history")))
  )
  const { history } = yield* Effect.provideContext(Feed, context)
  while (history.windows < count) yield* Effect.sleep("50 millis")
  const mib = (bytes: number) => Math.round((bytes / 1024 ** 2) * 10) / 10
  const { arrayBuffers, rss } = process.memoryUsage()
  const peak = process.resourceUsage().maxRSS * 1024
  console.log(
    JSON.stringify({ windows: history.windows, peakMiB: mib(peak), rssMiB: mib(rss), columnsMiB: mib(arrayBuffers) })
  )
})

await Effect.runPromise(Effect.scoped(program))
