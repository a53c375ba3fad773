import type { Connection } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import { Health } from "./health.ts"

/** The connection as one of the conditions of being ready, `nats`, for as long as this runs. */
export const connectionHealth = Effect.fnUntraced(function* (connection: Pick<Connection["Service"], "statuses">) {
  const health = yield* Health
  yield* connection.statuses.pipe(
    Stream.runForEach((status) =>
      status._tag === "connected" ? health.ready("nats") : health.notReady("nats", "the NATS server is not connected")
    )
  )
})
