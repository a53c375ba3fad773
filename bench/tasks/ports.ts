import { Connection, layerLogsReader, layerLogsWriter, layerWindowsLog } from "@chaussettes/jetstream"
import { Effect, Layer } from "effect"

/** The ports that the tasks measure, over one connection. */
export const ports = (url: string) =>
  Layer.mergeAll(layerLogsReader, layerLogsWriter(), layerWindowsLog).pipe(
    Layer.provideMerge(Connection.layer({ servers: [url], name: "bench" }))
  )

/** Runs a task's work and prints what it did and how long that took, without the start of the process. */
export const measured = <E, R>(work: Effect.Effect<number, E, R>) =>
  Effect.gen(function* () {
    const startedMs = performance.now()
    const count = yield* work
    console.log(JSON.stringify({ count, ms: performance.now() - startedMs }))
  })
