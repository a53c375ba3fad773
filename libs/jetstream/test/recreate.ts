import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { JetStreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import type { RunningServer } from "../src/testing/index.ts"

/**
 * Deletes a stream and makes it anew. nats-server 2.15 answers a deletion before the files are gone, and a stream that is made at
 * once on a busy machine takes the old messages up again: so the files are waited for, and what is left behind is removed.
 */
export const recreate = (
  server: RunningServer,
  jsm: JetStreamManager,
  name: string,
  create: () => Promise<unknown>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const existed = yield* Effect.promise(() => jsm.streams.delete(name).catch(() => false))
    const files = join(server.storeDir, "jetstream", "$G", "streams", name)
    for (let tries = 0; existed && existsSync(files) && tries < 100; tries++) yield* Effect.sleep(10)
    rmSync(files, { recursive: true, force: true })
    yield* Effect.promise(create)
  })
