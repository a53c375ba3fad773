import { defaultErrors, firstThresholds, visibleJson } from "@chaussettes/domain"
import {
  Connection,
  layerAlertsLog,
  layerLogsReader,
  layerRulesStore,
  layerThresholdsStore,
  layerWindowsLog
} from "@chaussettes/jetstream"
import { painter } from "@chaussettes/presentation/terminal"
import {
  connectionSettings,
  failed,
  inputReport,
  outputFailure,
  readThresholdsFile,
  reasonOf,
  spoilExitCode,
  toUserFailure,
  type UserFailure,
  writeWhole,
  wrongUsage
} from "@chaussettes/service"
import { settingsFor, settingsNow } from "@chaussettes/service/history-settings"
import { orderLogFiles } from "@chaussettes/service/log-order"
import { Clock, Effect, Layer, Option } from "effect"
import type { ReportInput } from "./flags.ts"
import { pageOf } from "./html/page.ts"
import { jsonOf } from "./json.ts"
import { readFiles } from "./read/files.ts"
import { readLogs } from "./read/logs.ts"
import type { Report } from "./read/read.ts"
import { textOf } from "./text.ts"
import { machineZone, type Zone } from "./zone.ts"

/** A command may be called beside its server: it waits so long for it. */
const waitMs = 10_000

const ports = (input: ReportInput) =>
  Layer.mergeAll(layerLogsReader, layerWindowsLog, layerAlertsLog, layerRulesStore, layerThresholdsStore).pipe(
    Layer.provide(Connection.layer(connectionSettings(input.nats, "report"), { waitMs }))
  )

const zoneFor = (input: ReportInput): Zone => Option.getOrElse(input.zone, machineZone)

export const report = Effect.fn("report")(function* (input: ReportInput) {
  yield* tell(input, yield* input.files.length > 0 ? ofFiles(input) : ofLogs(input))
})

const ofFiles = (input: ReportInput): Effect.Effect<Report, UserFailure> =>
  Effect.gen(function* () {
    if (Option.isSome(input.sinceMs)) {
      return yield* wrongUsage("--since is for LOGS: with files, name those of the span that you want.")
    }
    const thresholds = Option.isNone(input.thresholds)
      ? firstThresholds
      : (yield* readThresholdsFile(input.thresholds.value)).thresholds
    const { names, words } = yield* orderLogFiles(input.files, input.asGiven)
    const asked = settingsFor(input, true)
    const settings = { ...asked, errors: asked.errors ?? defaultErrors }
    const read = yield* readFiles(names, settings, thresholds, zoneFor(input))
    const { lines, rejected } = read.contents
    const about = inputReport({ lines, late: read.late, rejected }, { ...words, lateness: "--allowed-lateness" })
    if (about.isFailure) spoilExitCode()
    yield* Effect.sync(() => process.stderr.write(about.text))
    return { ...read, files: names, settings, zone: zoneFor(input), madeMs: yield* Clock.currentTimeMillis }
  })

const ofLogs = (input: ReportInput): Effect.Effect<Report, UserFailure> =>
  Effect.gen(function* () {
    if (Option.isSome(input.thresholds)) {
      return yield* wrongUsage("--seuils is for files: over LOGS the thresholds in force are shown.")
    }
    const settings = yield* settingsNow(settingsFor(input, false), (words) =>
      Effect.sync(() => process.stderr.write(`${words}\n`))
    )
    const madeMs = yield* Clock.currentTimeMillis
    const sinceMs = Option.match(input.sinceMs, {
      onNone: () => Number.NEGATIVE_INFINITY,
      onSome: (span) => madeMs - span
    })
    const read = yield* readLogs(settings, zoneFor(input), sinceMs)
    return { ...read, files: undefined, settings, zone: zoneFor(input), madeMs }
  }).pipe(Effect.provide(ports(input)), Effect.mapError(toUserFailure))

const tell = (input: ReportInput, made: Report): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    if (input.output !== "-") {
      yield* Effect.tryPromise({
        try: () => writeWhole(input.output, pageOf(made)),
        catch: (cause) => failed(`Cannot write the report to ${input.output}: ${reasonOf(cause)}.`, cause)
      })
    }
    if (input.json) yield* print(`${visibleJson(JSON.stringify(jsonOf(made)))}\n`)
    else if (input.output === "-") {
      const columns = process.stdout.columns ?? 80
      yield* print(textOf(made, { columns, paint: painter(process.stdout.isTTY) }))
    }
  })

const print = (text: string): Effect.Effect<void, UserFailure> =>
  Effect.callback((resume) => {
    process.stdout.write(text, (error) => resume(error ? Effect.fail(outputFailure(error)) : Effect.void))
  })
