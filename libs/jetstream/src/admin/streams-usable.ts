import { Effect } from "effect"
import { Connection } from "../connection/connection.ts"
import { withoutCredentials } from "../connection/credentials.ts"
import { type OnWaiting, type UntilAvailable, untilAvailable } from "../connection/until-available.ts"
import { streamInfo } from "../consume/stream-reader.ts"
import type { Refused, StoreError } from "../errors.ts"
import { logsStream, topology } from "../topology.ts"
import { unfit } from "./stream-fitness.ts"

export { type OnWaiting, type UntilAvailable, untilAvailable } from "../connection/until-available.ts"

const configOf = (connection: Connection["Service"], name: string, options: UntilAvailable) =>
  Effect.map(untilAvailable(streamInfo(connection, name), options), ({ config }) => config)

/**
 * Waits until the streams of these names answer. Fails where one is missing, or is set so that what it holds could be lost: a part that
 * began on it would promise what it cannot keep.
 */
export const streamsUsable = Effect.fn("streamsUsable")(function* (
  names: ReadonlyArray<string>,
  options: UntilAvailable
): Effect.fn.Return<void, StoreError, Connection> {
  const connection = yield* Connection
  for (const spec of specsOf(names)) {
    const why = unfit(spec, yield* configOf(connection, spec.name, options))
    // A viewer's copies are such as no part may write to.
    if (why !== undefined) return yield* connection.link.lacksCredentials ? withoutCredentials(why.what) : why
  }
})

/** How long a sender waits for LOGS to say how it is set. Its acknowledgements are waited for in any case. */
const senderWaitMs = 10_000

/**
 * The same for who only sends, as far as it may ask: a user, or an account, that can publish and nothing else learns from its
 * acknowledgements whether LOGS is there.
 */
export const logsTakesLines = Effect.fn("logsTakesLines")(function* (
  onWaiting: OnWaiting
): Effect.fn.Return<void, Refused, Connection> {
  const connection = yield* Connection
  for (const spec of specsOf([logsStream])) {
    const config = yield* Effect.result(configOf(connection, spec.name, { onWaiting, forMs: senderWaitMs }))
    const why = config._tag === "Success" ? unfit(spec, config.success) : undefined
    if (why !== undefined) return yield* why
  }
})

const specsOf = (names: ReadonlyArray<string>) => topology().filter(({ name }) => names.includes(name))
