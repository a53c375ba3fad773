import { dimensionsIn, firstThresholds, IncidentWatcher, mapDimensions, refusalText } from "@chaussettes/domain"
import type { IncidentsStore, LogsReader, RulesStore, ThresholdsStore, Windows } from "@chaussettes/jetstream"
import { logsStream, thresholdsBucket } from "@chaussettes/jetstream/topology"
import {
  failed,
  reasonOf,
  spoilExitCode,
  toUserFailure,
  type UserFailure,
  watched,
  writeWhole,
  wrongUsage
} from "@chaussettes/service"
import { settingsFor, settingsNow } from "@chaussettes/service/history-settings"
import { orderLogFiles } from "@chaussettes/service/log-order"
import { Clock, Effect, Option } from "effect"
import { thresholdsPortsAt } from "../ports.ts"
import { replayFiles, replayLogs } from "../replay-source.ts"
import { type Computed, compute, foundIn, newReplay } from "./compute.ts"
import type { ThresholdsInput } from "./flags.ts"
import { standing } from "./in-force.ts"
import { publish } from "./publish.ts"
import { publishModel } from "./publish-model.ts"
import { jsonOf, textOf } from "./report.ts"
import { restlessText } from "./restless.ts"
import { service } from "./service.ts"

export const thresholds = (input: ThresholdsInput): Effect.Effect<void, UserFailure> => {
  if (input.from.length > 0) {
    if (Option.isSome(input.everyMs)) {
      return Effect.fail(
        wrongUsage(`--every reads ${logsStream} and cannot be combined with --from: remove one of them.`)
      )
    }
    return ofFiles(input)
  }
  if (Option.isSome(input.out)) {
    return Effect.fail(wrongUsage("--out writes thresholds computed from files: add --from FILE, or remove --out."))
  }
  return Option.match(input.everyMs, {
    onSome: (everyMs) => service({ ...input, everyMs, settings: settingsFor(input, input.from.length > 0) }),
    onNone: () =>
      once(input).pipe(
        Effect.provide(thresholdsPortsAt(input.nats, "thresholds")),
        Effect.provide(watched(input.operations, "thresholds", "nats", "seuils")),
        Effect.mapError(toUserFailure)
      )
  })
}

const say = (text: string) => Effect.sync(() => process.stderr.write(text))
const result = (json: unknown) => Effect.sync(() => process.stdout.write(`${JSON.stringify(json)}\n`))

/** A refusal as the failure that ends the command. */
export const refusedBy = (computed: Extract<Computed, { _tag: "Refused" }>): UserFailure =>
  failed(
    `No thresholds were published, and those in force stay: for ${computed.dimension} ${refusalText(computed.refusal)}.${
      computed.refusal._tag === "Attacked"
        ? " Wait for a calmer history, fix what fails, or accept it with --max-unexplained."
        : computed.refusal._tag === "TooLittle"
          ? " Wait for more, or use --method percentile_99."
          : ""
    }`
  )

const once = (
  input: ThresholdsInput
): Effect.Effect<void, UserFailure, LogsReader | RulesStore | ThresholdsStore | IncidentsStore | Windows> =>
  Effect.gen(function* () {
    const settings = yield* settingsNow(settingsFor(input, input.from.length > 0), (words) => say(`${words}\n`))
    const replay = newReplay(settings)
    const before = yield* standing
    const startedMs = yield* Clock.currentTimeMillis
    const watcher = new IncidentWatcher(settings.windowMs, input.budget)
    const counts = yield* replayLogs(settings, replay, watcher)
    const seconds = ((yield* Clock.currentTimeMillis) - startedMs) / 1000
    const computed = compute(replay, settings, input, yield* Clock.currentTimeMillis)
    yield* say(textOf(computed, counts))
    const model = watcher.model()
    const told = yield* publishModel(model, { isAsked: true, dryRun: input.dryRun })
    if (told !== undefined)
      yield* say(`${told[0]!.toUpperCase()}${told.slice(1)}.\n${model === undefined ? "" : restlessText(model)}`)
    if (computed._tag === "Refused") {
      if (input.json) yield* result({ ...jsonOf(computed, false, refusalText(computed.refusal)), seconds })
      return yield* refusedBy(computed)
    }
    if (!input.dryRun) {
      const { revisions, outdone } = yield* publish(computed.thresholds, computed.metadata, before).pipe(
        Effect.catchTag("Outdated", () =>
          Effect.fail(
            failed(
              "Other thresholds were published in the meantime; nothing was written. Check the history, or run this again."
            )
          )
        )
      )
      const put = foundIn(computed.thresholds).map((d) =>
        outdone.includes(d) ? `${d} left as it was set in the meantime` : `${d} ${revisions[d]}`
      )
      yield* say(
        `Published, revisions: ${put.join(", ")}. See them with: nats kv get ${thresholdsBucket} global --raw\n`
      )
    }
    if (input.json) yield* result({ ...jsonOf(computed, !input.dryRun, input.dryRun ? "dry run" : undefined), seconds })
  }).pipe(Effect.mapError(toUserFailure))

const ofFiles = (input: ThresholdsInput): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    const settings = settingsFor(input, input.from.length > 0)
    const replay = newReplay(settings)
    const watcher = Option.isSome(input.out) ? new IncidentWatcher(settings.windowMs, input.budget) : undefined
    const files = yield* orderLogFiles(input.from, input.asGiven)
    const { counts, report } = yield* replayFiles(files, settings, replay, watcher)
    if (report.isFailure) spoilExitCode()
    const computed = compute(replay, settings, input, yield* Clock.currentTimeMillis)
    yield* say(report.text + textOf(computed, counts))
    const on = dimensionsIn(settings.leastRequests)
    const thresholds =
      computed._tag === "Refused"
        ? mapDimensions((d) => firstThresholds[d], on)
        : mapDimensions((d) => computed.thresholds[d] ?? firstThresholds[d], on)
    const model = watcher?.model()
    const text = fileOf({ ...thresholds, metadata: computed.metadata }, model)
    // A history that is refused for its attacks still says what incidents are to be judged by; one that is too short says nothing.
    const isEmpty = computed._tag === "Refused" && computed.refusal._tag === "TooLittle"
    // Whoever takes the file next sees neither the headline nor the exit code.
    if (Option.isSome(input.out) && report.isFailure) yield* say(`Nothing was written to ${input.out.value}.\n`)
    else if (Option.isSome(input.out) && !input.dryRun && !isEmpty) {
      const out = input.out.value
      yield* Effect.tryPromise({
        try: () => writeWhole(out, text),
        catch: (cause) => failed(`Cannot write ${out}: ${reasonOf(cause)}. Give another file with --out.`, cause)
      })
      yield* say(
        computed._tag === "Refused"
          ? `Written to ${out}: what incidents are judged by, and the first thresholds, as none could be learnt.\n`
          : `Written to ${out}.\n`
      )
    }
    if (model !== undefined) yield* say(restlessText(model))
    if (computed._tag === "Refused") {
      if (input.json) yield* result({ ...jsonOf(computed, false, refusalText(computed.refusal)), ...report.json })
      return yield* refusedBy(computed)
    }
    if (input.json) yield* result({ ...jsonOf(computed, false, undefined), ...report.json })
    else if (Option.isNone(input.out)) yield* Effect.sync(() => process.stdout.write(text))
  })

/** The file of the thresholds: for people to read, but for the model of the incidents, which stands on one line. */
const fileOf = (thresholds: object, model: object | undefined): string => {
  const text = JSON.stringify(thresholds, null, 2)
  if (model === undefined) return `${text}\n`
  return `${text.slice(0, -2)},\n  "incidents": ${JSON.stringify(model)}\n}\n`
}
