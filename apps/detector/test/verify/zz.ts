import {
  layerAlertsLogMemory,
  layerLogsReaderMemory,
  layerWindowsLogMemory,
  MemoryServer,
  perfectNetwork
} from "@chaussettes/jetstream"
import { Effect, Layer } from "effect"
import { layerAuditsInline } from "/work/main/apps/detector/src/verify/inline.ts"
import { verifyLogs } from "/work/main/apps/detector/src/verify/run.ts"
import { play } from "/work/main/apps/detector/test/simulation/world.ts"

const [from, to] = process.argv.slice(2).map(Number)
let bad = 0,
  w = 0,
  a = 0
for (let seed = from!; seed < to!; seed++)
  for (const steady of [true, false]) {
    const outcome = await Effect.runPromise(play({ seed: steady ? seed : seed + 1_000_000, steady }))
    outcome.server.setNetwork(perfectNetwork)
    const ports = Layer.mergeAll(layerLogsReaderMemory, layerWindowsLogMemory, layerAlertsLogMemory).pipe(
      Layer.provide(Layer.succeed(MemoryServer, outcome.server))
    )
    const v = await Effect.runPromise(
      verifyLogs({ fromMs: -Infinity, toMs: Infinity, examples: 5, patienceMs: 0, onProgress: () => {} }).pipe(
        Effect.provide(ports),
        Effect.provide(layerAuditsInline)
      )
    )
    const f = v.findings
    if (f === undefined) {
      console.log(seed, steady, "none", v.plan)
      continue
    }
    w += f.windows.same
    a += f.alerts.same
    if (f.differences.length > 0 || v.plan.unverifiable > 0) {
      bad++
      console.log(
        seed,
        steady,
        JSON.stringify(f.windows),
        JSON.stringify(f.alerts),
        v.plan.unverifiable,
        JSON.stringify(f.differences)
      )
      if (bad > 8) process.exit()
    }
  }
console.log({ bad, w, a })
