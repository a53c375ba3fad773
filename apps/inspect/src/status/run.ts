import { dimensionsIn, visibleJson, visibleText } from "@chaussettes/domain"
import { NotifierLease, readReplication } from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import {
  bytesText,
  countText,
  delayText,
  durationText,
  exactSpanText,
  type Language,
  nameLogs,
  percentText,
  rateText,
  statusesText,
  type Words,
  wholeRuleText,
  wordsOf
} from "@chaussettes/presentation"
import {
  environmentLanguage,
  localTime,
  type Paint,
  painter,
  type Style,
  sentenceText
} from "@chaussettes/presentation/terminal"
import { headlineOf, offClockOf, type SourceStatus, type Status, toneOf } from "@chaussettes/readmodel"
import { readStatus } from "@chaussettes/readmodel/queries"
import { askShip, type FileLag, type ShipState, toUserFailure, type UserFailure } from "@chaussettes/service"
import { Clock, Effect, Schedule } from "effect"
import { lookPorts } from "../ports.ts"
import { clusterLines } from "./cluster.ts"
import type { StatusInput } from "./flags.ts"

const styles: { readonly [tone in ReturnType<typeof toneOf>]: Style } = {
  bad: "red",
  warn: "yellow",
  unknown: "dim",
  good: "green"
}

/** The words stand in small letters, for the middle of a sentence. */
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The state of all parts on one screen; the words and figures are the page's. */
export const statusLines = (
  status: Status,
  language: Language,
  paint: Paint,
  ships: ReadonlyArray<ShipState> = []
): ReadonlyArray<string> => {
  const w = wordsOf(language)
  const headline = headlineOf(status)
  const tone = toneOf(headline)
  const ago = (ms: number) => `${localTime(ms)} (${w.ago(status.atMs - ms)})`
  const rows: Array<readonly [string, string]> = []
  const { newest, lastHour, logs, detector } = status
  rows.push([w.status.lines, rateText(language, status.linesPerSecond)])
  rows.push([w.status.errorRate, status.errorRate === null ? "–" : percentText(language, status.errorRate)])
  if (lastHour.clientErrors + lastHour.serverErrors > 0) {
    const kinds = w.status.kinds(countText(language, lastHour.clientErrors), countText(language, lastHour.serverErrors))
    rows.push([w.status.errors, `${kinds} ${w.status.lastHour}: ${statusesText(language, lastHour.statuses)}`])
  }
  rows.push([
    w.status.lag,
    status.lagMessages === null ? "–" : `${countText(language, status.lagMessages)} (${w.status.lagHint})`
  ])
  rows.push([
    w.status.watermark,
    newest === null ? "–" : durationText(language, Math.max(0, status.atMs - newest.decidedThroughMs))
  ])
  const rejected = Object.entries(lastHour.rejected)
    .map(([reason, n]) => `${w.reasons[reason as keyof typeof w.reasons]} ${countText(language, n ?? 0)}`)
    .join(", ")
  rows.push([w.status.late, `${countText(language, lastHour.late)} (${w.status.lastHour})`])
  rows.push([w.status.rejected, rejected === "" ? "0" : rejected])
  if (lastHour.gap > 0) rows.push([w.status.gap, paint("red", countText(language, lastHour.gap))])
  rows.push([
    w.status.detectorTitle,
    `${w.detector[detector.state]} – ${w.detectorWhy(status)}${detector.holder === null ? "" : `; ${w.status.holder} ${visibleText(detector.holder)} (${w.status.generation} ${detector.generation})`}`
  ])
  if (newest !== null) rows.push([w.status.newest, ago(newest.endMs)])
  if (logs !== null) {
    rows.push([
      w.status.logs,
      w.status.logsHeld(Math.max(0, logs.lastSeq - logs.firstSeq + 1), bytesText(language, logs.bytes))
    ])
  }
  for (const dimension of dimensionsIn(status.seuils)) {
    const threshold = status.seuils[dimension]!
    const said =
      threshold === null
        ? w.status.noThreshold
        : `${wholeRuleText(language, threshold.value)}, ${threshold.by === null ? "" : `${w.rule.setBy[threshold.by]}, `}${w.status.revision} ${threshold.revision}${threshold.sinceMs === 0 ? "" : ` ${w.status.since} ${localTime(threshold.sinceMs)}`}${threshold.refused === null ? "" : paint("yellow", ` ${w.status.refused}${w.colon}${threshold.refused}`)}`
    rows.push([`${w.status.threshold} ${w.dimensions[dimension]}`, said])
  }
  const { ignore } = status
  if (ignore !== null || lastHour.ignored > 0) {
    const rules =
      ignore === null
        ? ""
        : `, ${w.status.rules(ignore.rules)}, ${w.status.revision} ${ignore.revision} ${w.status.since} ${localTime(ignore.sinceMs)}${ignore.refused === null ? "" : paint("yellow", ` ${w.status.refused}${w.colon}${visibleText(ignore.refused)}`)}`
    rows.push([w.status.ignored, `${w.status.ignoredLines(lastHour.ignored)} (${w.status.lastHour})${rules}`])
  }
  const { formats } = status
  if (formats !== null) {
    const refused =
      formats.refused === null ? "" : paint("yellow", ` ${w.status.refused}${w.colon}${visibleText(formats.refused)}`)
    rows.push([
      w.status.formats,
      `${w.status.formatsBy(formats.sources)}, ${w.status.revision} ${formats.revision} ${w.status.since} ${localTime(formats.sinceMs)}${refused}`
    ])
  }
  for (const { source, was, now, atMs } of status.formatChanges) {
    rows.push([w.status.formatChanges, `${w.status.formatChange(visibleText(source), was, now)}, ${ago(atMs)}`])
  }
  for (const { bucket, key } of status.unknownKeys) {
    rows.push([w.status.unknownKeys, paint("yellow", w.status.unknownKey(visibleText(key), bucket))])
  }
  if (status.method !== null) {
    const calculated = status.calculatedAtMs === null ? "" : `, ${w.status.calculated} ${ago(status.calculatedAtMs)}`
    rows.push([w.status.method, `${visibleText(status.method)}${calculated}`])
  }
  const width = Math.max(...rows.map(([name]) => name.length))
  return [
    `${paint(styles[tone], w.headlineWord(headline))} – ${paint("bold", sentenceText(w.headline(headline)))}`,
    "",
    ...rows.map(([name, value]) => `${paint("dim", capital(name).padEnd(width))}  ${value}`),
    ...(status.sources.length === 0 ? [] : ["", w.status.sources]),
    ...status.sources.flatMap((source) => {
      const seen = `${w.status.lastSeen} ${ago(source.lastSeenMs)}${source.ended ? `, ${w.status.ended}` : ""}`
      return [
        `  ${[visibleText(source.name), seen, ...recentlyText(source, w, language)].join("  ")}`,
        ...filesOf(ships, source.name).map((file) => `    ${visibleText(file.path)}  ${lagText(file, w, language)}`)
      ]
    }),
    ...offClockLines(status, w).map((line) => paint("yellow", line))
  ]
}

const filesOf = (ships: ReadonlyArray<ShipState>, source: string): ShipState["files"] =>
  ships.find((ship) => ship.source === source)?.files ?? []

/** How much of a followed file is not stored yet, and for how long it has waited. */
const lagText = ({ lag_bytes, lag_seconds }: FileLag, w: Words, language: Language): string =>
  lag_bytes === 0
    ? w.status.allStored
    : w.status.notStored(bytesText(language, lag_bytes), durationText(language, lag_seconds * 1000))

/** How the source's recent lines came. */
const recentlyText = ({ recent }: SourceStatus, w: Words, language: Language): ReadonlyArray<string> => {
  if (recent === null) return []
  const { withoutVerdict, delayMs, delayP90Ms, disorderMs, latenessMs, offsetMs } = recent
  const lines = `${w.status.recentLines.toLowerCase()} ${countText(language, recent.lines)}`
  return [
    withoutVerdict === 0 ? lines : `${lines} (${w.status.withoutVerdict(countText(language, withoutVerdict))})`,
    ...(delayMs === null || delayP90Ms === null
      ? []
      : [`${w.status.delay.toLowerCase()} ${delayText(delayMs)} – ${delayText(delayP90Ms)}`]),
    ...(disorderMs === null ? [] : [`${w.status.disorder.toLowerCase()} ${exactSpanText(disorderMs)}`]),
    `${w.status.lateness.toLowerCase()} ${exactSpanText(latenessMs)}`,
    ...(offsetMs === 0 ? [] : [w.status.offset(delayText(offsetMs))])
  ]
}

/** The sources that are off the clock, each with what helps. */
const offClockLines = (status: Status, w: Words): ReadonlyArray<string> => {
  const off = offClockOf(status)
  const more = (status.recent?.offClock ?? 0) - off.length
  return [
    ...off.map((source) => `  ${w.offClock(source)} ${w.offClockRemedy(source)}`),
    ...(more > 0 ? [`  ${w.status.moreOffClock(more)}`] : [])
  ]
}

/** What the ships on this machine say of the files of these sources. */
const askShips = (status: Status): Effect.Effect<ReadonlyArray<ShipState>> =>
  Effect.promise(async () => {
    const answers = await Promise.all(status.sources.map(({ name }) => askShip(name)))
    return answers.filter((answer) => answer !== undefined)
  })

/** What is only asked for where it helps: a role that may not see it is shown nothing of it. */
const clusterState = Effect.all(
  {
    replication: readReplication,
    notifier: Effect.orElseSucceed(
      Effect.flatMap(NotifierLease, ({ readLease }) => readLease),
      () => undefined
    )
  },
  { concurrency: 2 }
)

const refreshEvery = "2 seconds"
/** Home, and clear to the end: no flicker, and what stood above stays in the terminal's history. */
const clear = "\u001b[H\u001b[J"

/** No more than the screen has lines, where it is drawn again and again: what scrolled away would stay above it. */
export const fitted = (lines: ReadonlyArray<string>, rows: number): ReadonlyArray<string> =>
  lines.length < rows ? lines : [...lines.slice(0, Math.max(0, rows - 2)), "…"]

/** Looks again and again. A server that goes away is told as the page tells it, over what was known last. */
const watching = () => {
  let last: Status | undefined
  return readStatus.pipe(
    Effect.catchIf(
      () => last !== undefined,
      (error) =>
        Effect.map(Clock.currentTimeMillis, (nowMs) => ({
          ...last!,
          atMs: nowMs,
          unreachable: last!.unreachable ?? { sinceMs: nowMs, why: error.why }
        }))
    ),
    Effect.tap((status) =>
      Effect.sync(() => {
        last = status
      })
    )
  )
}

export const status = (input: StatusInput): Effect.Effect<void, UserFailure> => {
  nameLogs(logsStream)
  const paint = painter(process.stdout.isTTY)
  const redraws = input.watch && process.stdout.isTTY && !input.json
  const print = (read: Status) =>
    Effect.map(Effect.all([askShips(read), clusterState], { concurrency: 2 }), ([ships, cluster]) => {
      const language = environmentLanguage()
      const lines = input.json
        ? [visibleJson(JSON.stringify({ ...read, ships, cluster }))]
        : [...statusLines(read, language, paint, ships), ...clusterLines(cluster, language, paint)]
      process.stdout.write(
        redraws ? `${clear}${fitted(lines, process.stdout.rows).join("\n")}\n` : `${lines.join("\n")}\n`
      )
    })
  /** Where the rest cannot be read, this says why. */
  const printCluster = Effect.map(clusterState, (cluster) => {
    const lines = clusterLines(cluster, environmentLanguage(), paint)
    if (!input.json && lines.length > 0) process.stdout.write(`${lines.join("\n").trimStart()}\n`)
  })
  const look = input.watch
    ? Effect.asVoid(Effect.repeat(Effect.flatMap(watching(), print), Schedule.spaced(refreshEvery)))
    : Effect.flatMap(readStatus, print).pipe(Effect.tapErrorTag("Unavailable", () => printCluster))
  return look.pipe(Effect.provide(lookPorts(input.nats, "status")), Effect.mapError(toUserFailure))
}
