import {
  Connection,
  layerAlertsLog,
  layerIncidentsLog,
  layerIncidentsStore,
  layerLogsReader,
  layerWindowsLog
} from "@chaussettes/jetstream"
import { connectionSettings, failed, progress, toUserFailure, type UserFailure } from "@chaussettes/service"
import { Effect, Layer, Option } from "effect"
import { layerAudits } from "./audits.ts"
import type { VerifyInput } from "./flags.ts"
import { failureOf, jsonOf, textOf } from "./report.ts"
import { verifyLogs } from "./verify-logs.ts"

/** A detector that works meanwhile stores the alerts of a record a moment after it. */
const patienceMs = 2_000

export const verify = (input: VerifyInput): Effect.Effect<void, UserFailure> => {
  const program = Effect.gen(function* () {
    const startedMs = performance.now()
    const bar = yield* progress({ what: "Verifying", unit: "messages", total: 1 })
    const verification = yield* verifyLogs({
      fromMs: Option.getOrElse(input.from, () => Number.NEGATIVE_INFINITY),
      toMs: Option.getOrElse(input.to, () => Number.POSITIVE_INFINITY),
      examples: input.examples,
      patienceMs,
      onProgress: (done, total) => {
        bar.total(total)
        bar.at(done)
      }
    })
    return { verification, seconds: Math.round(performance.now() - startedMs) / 1000 }
  }).pipe(Effect.scoped)
  const ports = Layer.mergeAll(
    layerLogsReader,
    layerWindowsLog,
    layerAlertsLog,
    layerIncidentsLog,
    layerIncidentsStore
  ).pipe(Layer.provideMerge(Connection.layer(connectionSettings(input.nats, "verify"))))
  return program.pipe(
    Effect.provide(layerAudits(input.fold)),
    Effect.provide(ports),
    Effect.mapError(toUserFailure),
    Effect.flatMap(({ verification, seconds }) => {
      const result = jsonOf(verification, seconds)
      const text = input.json ? `${JSON.stringify(result)}\n` : textOf(verification, seconds)
      const { findings } = verification
      return Effect.andThen(
        Effect.sync(() => process.stdout.write(text)),
        result.ok || findings === undefined ? Effect.void : Effect.fail(failed(failureOf(findings)))
      )
    })
  )
}
