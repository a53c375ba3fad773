import type { StreamConfig } from "@nats-io/jetstream"
import { Effect } from "effect"
import { Connection } from "./connection.ts"
import type { StoreError } from "./errors.ts"
import { unfit } from "./internal/stream-fitness.ts"
import { type UntilAvailable, untilAvailable } from "./internal/until-available.ts"
import { streamInfo } from "./log/stream-reader.ts"
import { topology } from "./topology.ts"

export { type OnWaiting, type UntilAvailable, untilAvailable } from "./internal/until-available.ts"

/** Waits until the streams of these names answer; fails where one is missing. */
export const streamsAnswer = (
  names: ReadonlyArray<string>,
  options: UntilAvailable
): Effect.Effect<ReadonlyArray<StreamConfig>, StoreError, Connection> =>
  Effect.flatMap(Connection, (connection) =>
    Effect.forEach(names, (name) =>
      Effect.map(untilAvailable(streamInfo(connection, name), options), ({ config }) => config)
    )
  )

/**
 * The same, and fails where one is set so that what it holds could be lost: a part that began on it would promise what it cannot keep.
 */
export const streamsUsable = (
  names: ReadonlyArray<string>,
  options: UntilAvailable
): Effect.Effect<void, StoreError, Connection> =>
  Effect.gen(function* () {
    const specs = new Map(topology().map((spec) => [spec.name, spec]))
    for (const config of yield* streamsAnswer(names, options)) {
      const spec = specs.get(config.name)
      const why = spec && unfit(spec, config)
      if (why !== undefined) return yield* why
    }
  })
