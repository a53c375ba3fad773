/** Reads LOGS to its end and does nothing with it: `read.ts <url>`. Counts messages. */
import { LogsReader } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import { measured, ports } from "./ports.ts"

const work = Effect.gen(function* () {
  const reader = yield* LogsReader
  const { lastSeq } = yield* reader.state
  let messages = 0
  yield* reader.read({ fromSeq: 1, throughSeq: lastSeq }).pipe(
    Stream.runForEach(({ batch }) =>
      Effect.sync(() => {
        messages += batch.messages
      })
    )
  )
  return messages
})

await Effect.runPromise(measured(work).pipe(Effect.scoped, Effect.provide(ports(process.argv[2]!))))
