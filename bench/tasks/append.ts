/** Appends the records that stand in WINDOWS once more, with expected sequences, and nothing else: `append.ts <url>`. */
import { type Entry, type StoredEntry, WindowsLog } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import { measured, ports } from "./ports.ts"

const work = Effect.gen(function* () {
  const log = yield* WindowsLog
  const stored: ReadonlyArray<StoredEntry> = yield* log.readFrom(1).pipe(Stream.runCollect)
  const entries = stored.map(({ subject, data }): Entry => ({ subject, data, epoch: 1 }))
  const lastSeq = yield* log.lastSeq
  yield* measured(Effect.as(log.append(entries, lastSeq), entries.length))
})

await Effect.runPromise(work.pipe(Effect.scoped, Effect.provide(ports(process.argv[2]!))))
