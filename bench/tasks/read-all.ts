/** Reads LOGS and WINDOWS to their ends and does nothing with them: `read-all.ts <url>`. Counts messages. */
import type { LogBatch } from "@chaussettes/domain"
import { LogsReader, WindowsLog } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import { measured, ports } from "./ports.ts"

const count = <E>(batches: Stream.Stream<LogBatch, E>) =>
  Stream.runFold(
    batches,
    () => 0,
    (sum, { messages }) => sum + messages
  )

const work = Effect.gen(function* () {
  const reader = yield* LogsReader
  const windows = yield* WindowsLog
  const { lastSeq } = yield* reader.state
  const logs = reader.read({ fromSeq: 1, throughSeq: lastSeq }).pipe(Stream.map(({ batch }) => batch))
  const [messages, records] = yield* Effect.all([count(logs), count(windows.readPacked(1))], { concurrency: 2 })
  return messages + records
})

await Effect.runPromise(measured(work).pipe(Effect.scoped, Effect.provide(ports(process.argv[2]!))))
