import { randomInt } from "node:crypto"
import type { StoreError } from "@chaussettes/jetstream"
import { failed, Health, spoilEnd, type UserFailure, watched } from "@chaussettes/service"
import { Cause, Clock, Effect, Exit, Option, type Scope } from "effect"
import { drained } from "../drained.ts"
import { pseudonymizerOf } from "../lines/pseudonyms.ts"
import { makeSentMetrics } from "../metrics.ts"
import { logsWriterAt } from "../nats.ts"
import { say, showProgress, tell } from "../say.ts"
import { maxSeed } from "../traffic/random.ts"
import { Traffic } from "../traffic/traffic.ts"
import type { GenerateInput } from "./flags.ts"
import { type LabelsSink, labelsSink } from "./labels.ts"
import type { Output } from "./output.ts"
import { chooseOutput } from "./output.ts"
import { pacedLines } from "./pace.ts"
import { type GeneratePlan, planOf } from "./plan.ts"
import { type GenerateSummary, summaryOf, summaryText } from "./summary.ts"

/** All that `generate` does, from its flags to the last sentence. */
export const runGenerate = (flags: GenerateInput) =>
  Effect.scoped(
    Effect.gen(function* () {
      const plan = yield* Effect.fromResult(planOf(flags, yield* Clock.currentTimeMillis, randomInt(maxSeed)))
      const name = yield* pseudonymizerOf(flags)
      const nameClient = name && ((client: string) => Buffer.from(name(Buffer.from(client))).toString())
      const traffic = new Traffic({ ...plan.traffic, ...(nameClient === undefined ? {} : { nameClient }) })
      const labels = yield* labelsSink(flags.labels)
      // Where the console would do as well it is not waited.
      const isEndless = Option.isSome(flags.output) && !Number.isFinite(plan.count)
      const output = yield* chooseOutput(flags, logsWriterAt(flags.nats, "generate", isEndless))
      yield* (yield* Health).ready("output")
      if (plan.runsAhead && output.name === "nats") {
        yield* say(
          'The last lines are ahead of the clock: a detector rejects lines more than 5 minutes ahead as "future".'
        )
      }
      yield* generateInto(output, { traffic, plan, labels, source: flags.source }, (summary) =>
        tell(summary, summaryText(summary), flags.json)
      )
    })
  ).pipe(Effect.provide(watched(flags.operations, "generator", "output")))

export interface GenerateRun {
  readonly traffic: Traffic
  readonly plan: GeneratePlan
  readonly labels: LabelsSink
  readonly source: string
}

/**
 * Generates until the plan is done or the fiber is interrupted. Then, too, what was written is brought to its end, the labels
 * of incidents under way are written, and `report` is told how it went.
 */
export const generateInto = (
  output: Output,
  { traffic, plan, labels, source }: GenerateRun,
  report: (summary: GenerateSummary) => Effect.Effect<void>
): Effect.Effect<void, UserFailure | StoreError, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const startedMs = yield* Clock.currentTimeMillis
      const metrics = yield* makeSentMetrics("generator")
      let [messages, bytes] = [0, 0]
      const total = Number.isFinite(plan.count) ? plan.count : 0
      const isShown = output.name === "nats" || !process.stdout.isTTY
      const at = yield* showProgress(isShown, "Generating", "lines", total)
      /** Counted, and not taken by the output yet. */
      let held: Uint8Array | undefined
      const take = (payload: Uint8Array, lines: number) =>
        Effect.gen(function* () {
          held = payload
          messages++
          bytes += payload.length
          at(traffic.totals.lines)
          yield* output.write(payload)
          held = undefined
          yield* metrics.sent(lines, payload.length)
          yield* labels(traffic.takeLabels())
        })
      const exit = yield* Effect.exit(
        restore(
          pacedLines({
            traffic,
            take,
            pace: plan.pace,
            count: plan.count,
            throughMs: plan.throughMs,
            stored: () => Effect.runPromise(output.flush)
          })
        )
      )
      const elapsedMs = (yield* Clock.currentTimeMillis) - startedMs
      traffic.finish()
      yield* labels(traffic.takeLabels())
      if (Exit.isSuccess(exit)) yield* output.end
      else if (!Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.failCause(exit.cause)
      const rest = held === undefined ? Effect.void : output.writeAgain(held)
      const lastSeq = yield* drained(Effect.andThen(rest, output.flush), Exit.isSuccess(exit) ? restore : undefined)
      const { seed } = plan.traffic
      yield* report(
        summaryOf(traffic.totals, {
          messages,
          bytes,
          output: output.name,
          source,
          seed,
          last_seq: Option.getOrNull(lastSeq),
          elapsedMs
        })
      )
      if (Option.isNone(lastSeq)) {
        spoilEnd(
          failed("The server has not acknowledged the last lines: they may be missing. Check that it is running.")
        )
      }
    })
  )
