import {
  layerAlertsLogMemory,
  layerDetectorStateMemory,
  layerIncidentsLogMemory,
  layerIncidentsStoreMemory,
  layerLogsReaderMemory,
  layerLogsWriterMemory,
  layerRejectsLogMemory,
  layerThresholdsStoreMemory,
  layerWindowsLogMemory,
  MemoryServer
} from "@chaussettes/jetstream/memory"
import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { common, logTime } from "../../../../libs/domain/test/support/lines.ts"
import type { DetectorWatch } from "../../src/run/detector.ts"
import { publish, runDetector } from "../support/detector.ts"

/** All ports on a server in memory, and that server. */
export const memoryPorts = Layer.mergeAll(
  layerLogsReaderMemory,
  layerLogsWriterMemory,
  layerWindowsLogMemory,
  layerAlertsLogMemory,
  layerIncidentsLogMemory,
  layerIncidentsStoreMemory,
  layerRejectsLogMemory,
  layerThresholdsStoreMemory,
  layerDetectorStateMemory
).pipe(Layer.provideMerge(MemoryServer.layer))

/** Lets the virtual time pass, step by step, so that what waits for something else gets its turn. */
export const pass = (seconds: number) =>
  Effect.gen(function* () {
    for (let i = 0; i < seconds * 10; i++) yield* TestClock.adjust("100 millis")
  })

/** A message with one line for each of these seconds since the epoch, none before its time. */
export const send = (...seconds: ReadonlyArray<number>) =>
  Effect.forEach(
    seconds,
    (second) =>
      Effect.gen(function* () {
        const waitMs = second * 1_000 - (yield* Clock.currentTimeMillis)
        if (waitMs > 0) yield* pass(waitMs / 1_000)
        yield* publish("web1", common({ time: logTime(second * 1_000) }))
      }),
    { discard: true }
  )

/** A detector beside others, and what it said of itself, by the second word of its holder. */
export const start = (holder: string, said: Array<string>) => {
  const note = (words: string) => Effect.sync(() => void said.push(`${holder.split("/")[1]} ${words}`))
  const watch: Partial<DetectorWatch> = {
    onNotice: note,
    onReady: () => note("leads"),
    onStandby: () => note("stands by"),
    onEnded: (why) => note(why === "lease lost" ? why : why._tag)
  }
  return Effect.forkScoped(runDetector({ holder, watch }))
}
