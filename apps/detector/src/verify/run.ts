import {
  Connection,
  layerActsLog,
  layerAlertsLog,
  layerIncidentsLog,
  layerIncidentsStore,
  layerLogsReader,
  layerWindowsLog
} from "@chaussettes/jetstream"
import { connectionSettings, failed, progress, toUserFailure, type UserFailure } from "@chaussettes/service"
import { Effect, Layer, Option } from "effect"
import { auditActs } from "./acts.ts"
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
    // A server of before there were acts has no such stream, and a role may have no right to read it.
    const acts = yield* Effect.orElseSucceed(auditActs, () => undefined)
    return { verification, acts, seconds: Math.round(performance.now() - startedMs) / 1000 }
  }).pipe(Effect.scoped)
  const ports = Layer.mergeAll(
    layerLogsReader,
    layerWindowsLog,
    layerAlertsLog,
    layerIncidentsLog,
    layerIncidentsStore,
    layerActsLog
  ).pipe(Layer.provideMerge(Connection.layer(connectionSettings(input.nats, "verify"))))
  return program.pipe(
    Effect.provide(layerAudits(input.fold)),
    Effect.provide(ports),
    Effect.mapError(toUserFailure),
    Effect.flatMap(({ verification, acts, seconds }) => {
      const result = jsonOf(verification, acts, seconds)
      const text = input.json ? `${JSON.stringify(result)}\n` : textOf(verification, acts, seconds)
      const { findings } = verification
      return Effect.andThen(
        Effect.sync(() => process.stdout.write(text)),
        result.ok || findings === undefined ? Effect.void : Effect.fail(failed(failureOf(findings)))
      )
    })
  )
}
