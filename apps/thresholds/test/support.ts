import { LogsWriter } from "@chaussettes/jetstream"
import {
  layerIncidentsStoreMemory,
  layerLogsReaderMemory,
  layerLogsWriterMemory,
  layerRulesStoreMemory,
  layerThresholdsStoreMemory,
  layerWindowsLogMemory,
  MemoryServer
} from "@chaussettes/jetstream/memory"
import { Health } from "@chaussettes/service"
import { Effect, Layer, Logger } from "effect"
import { layerRounds } from "../src/compute/rounds.ts"

/** All that the thresholds job asks for, in memory. */
export const memoryPorts = Layer.mergeAll(
  layerIncidentsStoreMemory,
  layerLogsReaderMemory,
  layerLogsWriterMemory,
  layerRulesStoreMemory,
  layerThresholdsStoreMemory,
  layerWindowsLogMemory,
  layerRounds("inline"),
  Health.layer("seuils"),
  // What a round says is for operators, and nothing to read between the tests.
  Logger.layer([])
).pipe(Layer.provideMerge(MemoryServer.layer))

const two = (n: number) => `${n}`.padStart(2, "0")

/** A line's time, so many seconds after 5 January 2026. */
const timeOf = (second: number): string =>
  `0${5 + Math.floor(second / 86_400)}/Jan/2026:${two(Math.floor(second / 3_600) % 24)}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)} +0000`

/** A log of windows of ten seconds, 40 lines each from 4 clients for 5 URLs; line by line it fails by `failsAt`. */
export const logOf = (
  windows: number,
  failsAt: (window: number, line: number) => boolean,
  from = 0,
  statusAt: (window: number, line: number) => number = () => 500
): string => {
  const lines: Array<string> = []
  for (let w = from; w < from + windows; w++) {
    for (let i = 0; i < 40; i++) {
      const status = failsAt(w, i) ? statusAt(w, i) : 200
      lines.push(`10.0.0.${i % 4} - - [${timeOf(w * 10 + (i % 10))}] "GET /${i % 5} HTTP/1.1" ${status} 1`)
    }
  }
  return `${lines.join("\n")}\n`
}

/** About one line in ten, without a pattern in windows or keys. */
export const someFail = (seed: number) => (window: number, line: number) => {
  let h = Math.imul(window * 40 + line + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad)
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97)
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32 < 0.1
}

export const store = (text: string) =>
  Effect.gen(function* () {
    const writer = yield* LogsWriter
    const lines = text.trimEnd().split("\n")
    for (let i = 0; i < lines.length; i += 400) {
      yield* writer.publish("test", { payload: Buffer.from(lines.slice(i, i + 400).join("\n")) })
    }
    yield* writer.flush
  })
