import { visibleText } from "@chaussettes/domain"
import { failed, outputFailure, type UserFailure } from "@chaussettes/service"
import { Effect, Result } from "effect"
import type { Receiver } from "./receiver.ts"

/** Sends one test message to each receiver, once, and prints what each answered. Fails unless all took it. */
export const testReceivers = Effect.fn("testReceivers")(function* (
  receivers: ReadonlyArray<Receiver>,
  json: boolean
): Effect.fn.Return<void, UserFailure> {
  const results = yield* Effect.forEach(
    receivers,
    ({ name, shown, test }) =>
      Effect.map(Effect.result(test), (result) => ({
        receiver: name,
        at: shown,
        taken: Result.isSuccess(result),
        ...(Result.isFailure(result) ? { why: visibleText(result.failure.why) } : {})
      })),
    { concurrency: 10 }
  )
  yield* Effect.try({
    try: () => {
      const lines = json
        ? [JSON.stringify(results)]
        : results.map(
            ({ at, receiver, why }) => `${receiver} at ${at}: ${why === undefined ? "accepted" : `failed, ${why}`}`
          )
      process.stdout.write(`${lines.join("\n")}\n`)
    },
    catch: outputFailure
  })
  const refused = results.filter(({ taken }) => !taken).length
  if (refused > 0) {
    yield* failed(
      `${refused} of ${results.length} ${results.length === 1 ? "receiver" : "receivers"} did not accept the test message. Check the addresses and settings, and the reasons above.`
    )
  }
})
