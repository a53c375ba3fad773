import { randomInt } from "node:crypto"
import {
  Detection,
  type DetectionCounts,
  type Dimension,
  declarationOf,
  dimensionOf,
  dimensionsIn,
  firstThresholds,
  IncidentWatcher,
  mapDimensions,
  type PerDimension,
  type RejectReason,
  type ScannedLines,
  thresholdsOf,
  visibleJson
} from "@chaussettes/domain"
import {
  count,
  defaultIncidentBudget,
  formatSpan,
  type InputReport,
  inputReport,
  type LineChunk,
  outputFailure,
  progress,
  readLogFile,
  readThresholdsFile,
  settingsOf,
  sizeOf,
  spoilExitCode,
  type ThresholdsFile,
  toUserFailure,
  type UserFailure,
  wrongUsage
} from "@chaussettes/service"
import { orderLogFiles } from "@chaussettes/service/log-order"
import { offload } from "@chaussettes/service/offload"
import { paysThread, piecesAhead, type Scanner, scannerOf } from "@chaussettes/service/scan"
import { type ScanOptions, ScanSteps } from "@chaussettes/service/scan/steps"
import { Effect, Option } from "effect"
import type { AnalyzeInput } from "./flags.ts"

/** What an analysis comes to. */
interface Summary extends DetectionCounts {
  readonly alertsBy: PerDimension<number>
  /** Undefined where alerts were asked for. */
  readonly incidents: number | undefined
  readonly rejectedBy: ReadonlyMap<RejectReason, number>
  readonly seconds: number
}

/** Alerts are printed when so many bytes of them are there, or the files have ended. */
const printBytes = 64 * 1024

const { open } = offload(
  { start: (options: ScanOptions) => new ScanSteps(options), name: "scan", source: import.meta.url },
  "thread"
)
const isWorthAThread = (file: string): boolean => paysThread(sizeOf([file]))

export const analyze = (input: AnalyzeInput): Effect.Effect<void, UserFailure> =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = Option.isNone(input.thresholds) ? onlyFirst : yield* readThresholdsFile(input.thresholds.value)
      const model = file.incidents
      if (input.incidents && model !== undefined && model.window_ms !== input.windowMs) {
        return yield* wrongUsage(
          `The model of incidents was learnt from windows of ${formatSpan(model.window_ms)}, not of ${formatSpan(input.windowMs)}. Give --window ${formatSpan(model.window_ms)}.`
        )
      }
      if (Option.isSome(input.budget)) {
        if (!input.incidents) {
          return yield* wrongUsage("--incident-budget is for incidents: add --incidents, or leave it out.")
        }
        if (model !== undefined && model.budget_weekly !== input.budget.value) {
          return yield* wrongUsage(
            `The model of incidents was learnt for a budget of ${model.budget_weekly} a week and cannot keep another. Leave out --incident-budget, or learn it again with chaussettes thresholds --from FILE --incident-budget ${input.budget.value} --out FILE.`
          )
        }
      }
      const { names, words } = yield* orderLogFiles(input.files, input.asGiven)
      const bar = yield* progress({ what: "Analyzing", unit: "bytes", total: sizeOf(names) })
      const settings = settingsOf(input)
      const on = dimensionsIn(settings.leastRequests)
      const hashSeed = randomInt(2 ** 31)
      const watcher = input.incidents
        ? new IncidentWatcher(
            settings.windowMs,
            Option.getOrElse(input.budget, () => defaultIncidentBudget),
            model
          )
        : undefined
      const detection = new Detection(settings, thresholdsOf(file.thresholds, 0, on), {
        origin: "file",
        hashSeed,
        ...(watcher === undefined ? {} : { watcher })
      })
      const scanner = names.some(isWorthAThread) ? scannerOf(yield* open({ ...settings, hashSeed })) : undefined
      const summary = yield* Effect.tryPromise({
        try: () => run(detection, watcher, on, names, scanner, bar.at),
        catch: toUserFailure
      })
      const { lines, late, rejectedBy } = summary
      const report = inputReport(
        { lines, late, rejected: Object.fromEntries(rejectedBy) },
        { ...words, lateness: "--allowed-lateness" }
      )
      if (report.isFailure) spoilExitCode()
      if (input.json) yield* print(`${visibleJson(JSON.stringify(jsonOf(summary, report)))}\n`)
      yield* Effect.sync(() => process.stderr.write(report.text + textOf(summary)))
    })
  )

const onlyFirst: ThresholdsFile = { thresholds: firstThresholds, incidents: undefined }

const run = async (
  detection: Detection,
  watcher: IncidentWatcher | undefined,
  on: ReadonlyArray<Dimension>,
  files: ReadonlyArray<string>,
  thread: Scanner | undefined,
  at: (bytes: number) => void
): Promise<Summary> => {
  const startedMs = performance.now()
  const alertsBy: { [dimension in Dimension]?: number } & PerDimension<number> = { ...mapDimensions(() => 0, on) }
  const rejectedBy = new Map<RejectReason, number>()
  let text = ""
  const say = async (everything: boolean) => {
    const { decisions, rejects } = detection.take()
    for (const { reason } of rejects) rejectedBy.set(reason, (rejectedBy.get(reason) ?? 0) + 1)
    for (const { alerts } of decisions) {
      for (const alert of alerts) {
        alertsBy[dimensionOf(alert.type)]!++
        if (watcher === undefined) text += `${visibleJson(JSON.stringify(alert))}\n`
      }
    }
    for (const event of watcher?.take() ?? []) text += `${visibleJson(JSON.stringify(event))}\n`
    if (text.length < printBytes && !everything) return
    await write(text)
    text = ""
  }
  let line = 1
  const scanned: Array<Promise<ScannedLines>> = []
  const foldOldest = async () => {
    const found = await scanned.shift()!
    detection.ingestScanned(found, line)
    line += found.count
    thread?.release(found)
    await say(false)
  }
  let bytesBefore = 0
  for (const file of files) {
    let chunk: LineChunk | undefined
    const scanner = isWorthAThread(file) ? thread : undefined
    let begins = true
    // One file is read in one thread: what its lines have shown of their format is known there.
    while (scanner === undefined && scanned.length > 0) await foldOldest()
    if (scanner === undefined) detection.beginFile()
    for await (chunk of readLogFile(file)) {
      if (scanner === undefined) {
        line += detection.ingestLines(chunk.bytes, chunk.start, chunk.end, line)
        await say(false)
      } else {
        scanned.push(scanner.scan(chunk.bytes.subarray(chunk.start, chunk.end), begins))
        if (scanned.length > piecesAhead) await foldOldest()
      }
      begins = false
      at(bytesBefore + chunk.bytesRead)
    }
    bytesBefore += chunk?.bytesRead ?? 0
  }
  while (scanned.length > 0) await foldOldest()
  detection.endOfFile()
  await say(true)
  return {
    ...detection.counts,
    alertsBy,
    incidents: watcher?.opened,
    rejectedBy,
    seconds: (performance.now() - startedMs) / 1000
  }
}

/** Waits while the reader of our output is slow; one that is gone ends the program, as it ends any filter. */
const write = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    if (text === "") return resolve()
    process.stdout.write(text, (error) => (error ? reject(outputFailure(error)) : resolve()))
  })

const print = (text: string) => Effect.tryPromise({ try: () => write(text), catch: toUserFailure })

const jsonOf = ({ alertsBy, incidents, rejectedBy, ...counts }: Summary, report: InputReport) => ({
  schema: "chaussettes.analysis.v1",
  lines: counts.lines,
  parsed: counts.lines - counts.rejected,
  errors: counts.errors,
  late: counts.late,
  ...(counts.ignored === 0 ? {} : { ignored: counts.ignored }),
  rejected: Object.fromEntries([...rejectedBy].filter(([reason]) => reason !== "late")),
  windows: counts.windows,
  alerts: alertsBy,
  ...(incidents === undefined ? {} : { incidents }),
  ...report.json,
  seconds: Math.round(counts.seconds * 1000) / 1000
})

const plural = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`

const textOf = (summary: Summary): string => {
  const { alertsBy, rejectedBy } = summary
  const reasons = [...rejectedBy].filter(([reason]) => reason !== "late").map(([reason, n]) => `${n} ${reason}`)
  const byDimension = (d: Dimension) => `${alertsBy[d]} ${d === "global" ? d : `by ${declarationOf(d).words.en.one}`}`
  const late =
    summary.late === 0 ? "" : `, ${plural(summary.late, "line")} too late for their windows (see --allowed-lateness)`
  const rejected =
    summary.rejected === 0
      ? "none rejected"
      : `${summary.rejected.toLocaleString("en")} rejected (${reasons.join(", ")})`
  const ignored = summary.ignored === 0 ? "" : `, ${summary.ignored.toLocaleString("en")} ignored by rules`
  return (
    `${plural(summary.lines, "line")}, ${rejected}${late}${ignored}\n` +
    `${plural(summary.errors, "error")} in ${plural(summary.windows, "window")}\n` +
    `${plural(summary.alerts, "alert")}: ${dimensionsIn(alertsBy).map(byDimension).join(", ")}\n` +
    (summary.incidents === undefined ? "" : `${plural(summary.incidents, "incident")}\n`) +
    `${summary.seconds.toFixed(2)} s, ${count(summary.lines / summary.seconds)} lines/s\n`
  )
}
