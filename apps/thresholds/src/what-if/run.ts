import {
  type DetectionSettings,
  dimensions,
  dimensionsIn,
  everyDimension,
  firstThresholds,
  mapDimensions,
  type PerDimension,
  refusalText,
  type Threshold,
  type WindowObserver
} from "@chaussettes/domain"
import {
  failed,
  type InputReport,
  readThresholdsFile,
  spoilExitCode,
  toUserFailure,
  type UserFailure,
  wrongUsage
} from "@chaussettes/service"
import { settingsFor, settingsNow } from "@chaussettes/service/history-settings"
import { orderLogFiles } from "@chaussettes/service/log-order"
import { Clock, Effect, Option } from "effect"
import { compute, newReplay } from "../compute/compute.ts"
import { standing } from "../compute/in-force.ts"
import { thresholdsPortsAt } from "../ports.ts"
import { replayFiles, replayLogs } from "../replay-source.ts"
import { Comparison } from "./comparison.ts"
import type { WhatIfInput } from "./flags.ts"
import { jsonOf, textOf } from "./report.ts"

const rateFlags = dimensions.map((dimension) => `--${dimension}`)

/** Answers what has to be said of the history before all else, where it comes from files. */
type ReplayInto<R> = (observer: WindowObserver) => Effect.Effect<InputReport | undefined, UserFailure, R>

export const whatIf = (input: WhatIfInput): Effect.Effect<void, UserFailure> => {
  const rates = Object.values(input.rates).filter(Option.isSome).length
  const ways = (rates > 0 ? 1 : 0) + (Option.isSome(input.file) ? 1 : 0) + (Option.isSome(input.method) ? 1 : 0)
  if (ways !== 1) {
    return Effect.fail(
      wrongUsage(
        `Choose one way to give the thresholds to try: ${rateFlags.slice(0, -1).join(", ")} and ${rateFlags.at(-1)}, or --file, or --method (with --target).`
      )
    )
  }
  const settings = settingsFor(input, input.from.length > 0)
  if (input.from.length > 0) {
    if (input.from.includes("-") && Option.isSome(input.method)) {
      return Effect.fail(
        wrongUsage("With --method the history is read twice, which standard input cannot be; name a file.")
      )
    }
    return Effect.gen(function* () {
      const inForce = Option.isNone(input.thresholds)
        ? firstThresholds
        : (yield* readThresholdsFile(input.thresholds.value)).thresholds
      const files = yield* orderLogFiles(input.from, input.asGiven)
      yield* compareOver(input, settings, inForce, (observer) =>
        Effect.map(replayFiles(files, settings, observer), ({ report }) => report)
      )
    })
  }
  return Effect.gen(function* () {
    const { thresholds } = yield* standing
    const now = yield* settingsNow(settings, (words) => Effect.sync(() => process.stderr.write(`${words}\n`)))
    yield* compareOver(input, now, thresholds, (observer) => Effect.as(replayLogs(now, observer), undefined))
  }).pipe(Effect.provide(thresholdsPortsAt(input.nats, "what-if")), Effect.mapError(toUserFailure))
}

const compareOver = <R>(
  input: WhatIfInput,
  settings: DetectionSettings,
  standing: PerDimension<Threshold>,
  replay: ReplayInto<R>
): Effect.Effect<void, UserFailure, R> =>
  Effect.gen(function* () {
    const on = dimensionsIn(settings.leastRequests)
    const inForce = mapDimensions((d) => standing[d] ?? firstThresholds[d], on)
    const found = yield* triedBy(input, settings, replay)
    const tried = mapDimensions((d) => found[d] ?? inForce[d]!, on)
    const comparison = new Comparison(inForce, tried, settings.leastRequests)
    const report = yield* replay(comparison)
    if (report?.isFailure === true) spoilExitCode()
    yield* Effect.sync(() => {
      process.stderr.write(report?.text ?? "")
      process.stdout.write(
        input.json
          ? `${JSON.stringify({ ...jsonOf(comparison, inForce, tried), ...report?.json })}\n`
          : textOf(comparison, inForce, tried)
      )
    })
  })

/** The thresholds to try; a dimension that nothing is said of stays as it is. */
const triedBy = <R>(
  input: WhatIfInput,
  settings: DetectionSettings,
  replay: ReplayInto<R>
): Effect.Effect<PerDimension<Threshold | undefined>, UserFailure, R> =>
  Effect.gen(function* () {
    if (Option.isSome(input.file)) return (yield* readThresholdsFile(input.file.value)).thresholds
    if (Option.isNone(input.method)) return everyDimension(({ name }) => Option.getOrUndefined(input.rates[name]))
    const taken = newReplay(settings)
    yield* replay(taken)
    const options = { method: input.method.value, target: input.target, mostUnexplained: input.mostUnexplained }
    const computed = compute(taken, settings, options, yield* Clock.currentTimeMillis)
    if (computed._tag === "Refused") {
      return yield* failed(
        `Nothing to compare: the method finds no thresholds, because for ${computed.dimension} ${refusalText(computed.refusal)}.`
      )
    }
    return computed.thresholds
  })
