import { Effect } from "effect"
import { Connection } from "./connection.ts"
import type { StoreError } from "./errors.ts"
import { unfit } from "./internal/stream-fitness.ts"
import { type UntilAvailable, untilAvailable } from "./internal/until-available.ts"
import { streamInfo } from "./log/stream-reader.ts"
import { topology } from "./topology.ts"

export { type OnWaiting, type UntilAvailable, untilAvailable } from "./internal/until-available.ts"

/**
 * Waits until the streams of these names answer. Fails where one is missing, or is set so that what it holds could be lost: a part that
 * began on it would promise what it cannot keep.
 */
export const streamsUsable = (
  names: ReadonlyArray<string>,
  options: UntilAvailable
): Effect.Effect<void, StoreError, Connection> =>
  Effect.gen(function* () {
    const connection = yield* Connection
    for (const spec of topology().filter(({ name }) => names.includes(name))) {
      const { config } = yield* untilAvailable(streamInfo(connection, spec.name), options)
      const why = unfit(spec, config)
      if (why !== undefined) return yield* why
    }
  })
