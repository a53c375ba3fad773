import {
  type DetectionSettings,
  type Dimension,
  dimensionsIn,
  mapDimensions,
  memoryOfBatch,
  refusalText
} from "@chaussettes/domain"
import {
  backoff,
  bucketStream,
  type IncidentsStore,
  incidentsBucket,
  type LogsReader,
  logsStream,
  type RulesStore,
  ThresholdsStore,
  thresholdsBucket,
  type Windows
} from "@chaussettes/jetstream"
import { Health, type NatsFlagValues, type Operations, toUserFailure, type UserFailure } from "@chaussettes/service"
import { settingsNow } from "@chaussettes/service/history-settings"
import { runService } from "@chaussettes/service/shell"
import { Clock, Effect, Layer, Schedule } from "effect"
import { thresholdsPorts } from "../ports.ts"
import { history } from "../replay-source.ts"
import { type ComputeOptions, foundIn } from "./compute.ts"
import { putByOperator, standing } from "./in-force.ts"
import { beginMetrics, learntFrom, measured } from "./metrics.ts"
import { publish } from "./publish.ts"
import { publishModel } from "./publish-model.ts"
import { layerRounds, Rounds } from "./rounds.ts"

export interface ServiceOptions extends ComputeOptions {
  readonly everyMs: number
  /** False incidents a week. */
  readonly budget: number
  readonly settings: DetectionSettings
  readonly dryRun: boolean
}

/** A round that met an error is tried again: soon, as a server that starts again is soon back, and at the latest after a minute. */
const mostRetryMs = 60_000

/** Computes now and then each time after `everyMs`; publishes what differs by more than its own uncertainty. Never ends. */
export const service = (
  options: ServiceOptions & { readonly nats: NatsFlagValues; readonly operations: Operations }
): Effect.Effect<void, UserFailure> =>
  runService(
    {
      ...options,
      name: "thresholds",
      description: `Computes the thresholds from ${logsStream} and publishes them`,
      conditions: ["seuils"],
      streams: [logsStream, bucketStream(thresholdsBucket), bucketStream(incidentsBucket)]
    },
    Effect.provide(Effect.andThen(beginMetrics, rounds(options)), Layer.merge(thresholdsPorts, layerRounds("thread")))
  )

/** A round now and each time `everyMs` after one. Never ends. */
export const rounds = (
  options: ServiceOptions
): Effect.Effect<void, never, LogsReader | ThresholdsStore | IncidentsStore | RulesStore | Windows | Rounds | Health> =>
  measured(round(options)).pipe(
    Effect.withSpan("round"),
    Effect.tapError((failure) =>
      Effect.flatMap(Health, (health) => health.notReady("seuils", failure.message)).pipe(
        Effect.andThen(Effect.logWarning(failure.message))
      )
    ),
    Effect.retry(backoff(1_000, Math.min(mostRetryMs, options.everyMs))),
    Effect.orDie,
    Effect.repeat(Schedule.spaced(options.everyMs)),
    Effect.asVoid
  )

/** One replay, and a publication where there is something new. Answers what came of it. */
export const round = Effect.fn("round")(
  function* (options: Omit<ServiceOptions, "everyMs">) {
    const { method, target, mostUnexplained } = options
    const health = yield* Health
    const settings = yield* settingsNow(options.settings, Effect.logWarning)
    const before = yield* standing
    const read = yield* history("gentle")
    const steps = yield* (yield* Rounds).open({ settings, budget: options.budget })
    yield* read((batch) => steps.ask("ingest", batch, memoryOfBatch(batch)))
    const by = { method, target, mostUnexplained }
    const nowMs = yield* Clock.currentTimeMillis
    const learning = yield* steps.ask("learn", { by, before: before.thresholds, nowMs })
    const { computed, changed: differing, counts } = learning
    yield* learntFrom(counts)
    // Whatever comes of the thresholds: a history that is refused for its attacks still says what incidents are to be judged by.
    const model = yield* publishModel(learning.model, { isAsked: false, dryRun: options.dryRun })
    if (model !== undefined) yield* Effect.logInfo(model)
    const ignored = counts.ignored === 0 ? "" : ` (${counts.ignored} ignored by rules)`
    const learnt = `from ${counts.lines} lines${ignored} in ${counts.windows} windows`
    if (computed._tag === "Refused") {
      const text = `no new thresholds ${learnt}, those in force stay: for ${computed.dimension} ${refusalText(computed.refusal)}`
      // Every history is short at first; that is no fault of anybody's.
      if (computed.refusal._tag === "TooLittle") yield* health.ready("seuils")
      else yield* health.notReady("seuils", text)
      yield* Effect.logWarning(text)
      return "refused"
    }
    yield* health.ready("seuils")
    const byOperator = putByOperator(before, yield* (yield* ThresholdsStore).history())
    const leftAlone = (dimensions: ReadonlyArray<Dimension>) =>
      dimensions.length === 0
        ? Effect.void
        : Effect.logInfo(`unchanged, because an operator has set them: ${dimensions.join(", ")}`)
    yield* leftAlone(byOperator)
    const found = mapDimensions(
      (d) => (byOperator.includes(d) ? undefined : computed.thresholds[d]),
      dimensionsIn(computed.thresholds)
    )
    const changed = differing.filter((d) => found[d] !== undefined)
    if (changed.length === 0) {
      yield* Effect.logInfo(`thresholds ${learnt}: nothing new beyond their uncertainty`)
      return "unchanged"
    }
    if (options.dryRun) {
      yield* Effect.logInfo(`thresholds ${learnt}: would change ${changed.join(", ")}`)
      return "dry_run"
    }
    const { revisions, outdone } = yield* publish(found, computed.metadata, before)
    yield* leftAlone(outdone)
    const told = foundIn(found)
      .filter((d) => !outdone.includes(d))
      .map((d) => `${d} revision ${revisions[d]}${changed.includes(d) ? " (changed)" : ""}`)
    yield* Effect.logInfo(`published thresholds ${learnt}: ${told.join(", ")}`)
    return "published"
  },
  Effect.scoped,
  Effect.mapError(toUserFailure)
)
