import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer } from "effect"
import { Connection, LogsReader, LogsWriter, layerLogsReader, layerLogsWriter, logsStream } from "../src/index.ts"
import { startCluster } from "../src/testing/index.ts"
import { assertWhole, fill } from "./logs-lab.ts"
import { eventually, readAll } from "./logs-tools.ts"

const cluster = Effect.acquireRelease(
  Effect.promise(() => startCluster()),
  ({ stop }) => Effect.promise(stop)
)

/** As `init --replicas 3` makes LOGS, once the cluster has elected. */
const makeLogs = ({ jsm }: Connection["Service"]) =>
  Effect.tryPromise(() =>
    jsm.streams.add({ name: logsStream, subjects: ["logs.>"], num_replicas: 3, allow_direct: true })
  ).pipe(
    Effect.tapError(() => Effect.sleep(200)),
    Effect.retry({ times: 100 })
  )

describe("LogsWriter on a cluster", () => {
  it.live(
    "waits for a LOGS without leader, however long, says so once, and ends for one that is missing",
    () =>
      Effect.gen(function* () {
        const { urls, kill, restart } = yield* cluster
        const silences: Array<boolean> = []
        const onSilence = (isConnected: boolean) => void silences.push(isConnected)
        const context = yield* Layer.build(
          Layer.mergeAll(layerLogsWriter({ patienceMs: 200, ackWaitMs: 300, onSilence }), layerLogsReader).pipe(
            Layer.provideMerge(Connection.layer({ servers: [urls[0]!] }, { waitMs: 30_000 }))
          )
        )
        const connection = Context.get(context, Connection)
        const writer = Context.get(context, LogsWriter)
        yield* makeLogs(connection)
        yield* fill(writer, 10)
        yield* Effect.promise(() => Promise.all([kill(1), kill(2)]))
        const writing = yield* Effect.forkChild(fill(writer, 100, 11))
        yield* eventually("it says that nothing is acknowledged", () => silences.length > 0)
        yield* Effect.sleep(2_000)
        assert.isUndefined(writing.pollUnsafe())
        assert.deepStrictEqual(silences, [true])
        for (const index of [1, 2]) restart(index)
        assert.strictEqual(yield* Fiber.join(writing), 110)
        const reader = Context.get(context, LogsReader)
        assertWhole(yield* readAll(reader.read({ fromSeq: 1, throughSeq: 110 })), 110)

        yield* Effect.promise(() => connection.jsm.streams.delete(logsStream))
        const error = yield* Effect.flip(fill(writer, 1))
        assert.strictEqual(error._tag, "Refused")
        assert.match(error.why, /no stream takes logs\.a/)
      }),
    60_000
  )
})
