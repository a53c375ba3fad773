import { basename } from "node:path"
import { quantileOf, type Threshold } from "@chaussettes/domain"
import type { Figures } from "./figures.ts"
import type { Report } from "./read/read.ts"
import type { Suited } from "./thresholds.ts"

/** A figure that stands large at the top. */
export interface Tile {
  readonly label: string
  readonly value: string
  readonly note: string | undefined
  readonly isBad: boolean
}

export const tilesOf = ({ contents, incidents }: Report, figures: Figures): ReadonlyArray<Tile> => {
  const { tiles } = figures.words
  const { requests, visitors, durations } = contents
  const tile = (label: string, value: string, note?: string, isBad = false): Tile => ({ label, value, note, isBad })
  const days = visitors.days.reduce((sum, day) => sum + day.visitors, 0) / Math.max(1, visitors.days.length)
  return [
    tile(tiles.requests, figures.count(requests), figures.pace(requests, contents.lastMs - contents.firstMs)),
    tile(
      tiles.errorRate,
      figures.share(contents.errors, requests),
      tiles.errorsOf(figures.count(contents.errors)),
      incidents.count > 0
    ),
    tile(
      tiles.serverErrors,
      figures.count(contents.serverErrors),
      figures.share(contents.serverErrors, requests),
      contents.serverErrors > 0
    ),
    tile(tiles.clientErrors, figures.count(contents.clientErrors), figures.share(contents.clientErrors, requests)),
    tile(tiles.clients, figures.keys(contents.clients)),
    tile(tiles.visitors, figures.counted(Math.round(days), visitors.isExact), tiles.visitorsNote),
    tile(tiles.bytes, figures.bytes(contents.bytes.sum)),
    tile(tiles.bots, figures.share(contents.bots, requests), tiles.errorsOf(figures.count(contents.bots))),
    ...(durations === undefined
      ? []
      : [
          tile(
            tiles.p95,
            figures.latency(quantileOf(durations, 0.95)),
            tiles.p50(figures.latency(quantileOf(durations, 0.5)))
          )
        ])
  ]
}

/** What the report is about: without the folder, which is nobody's concern whom it is sent to. */
export const sourceOf = ({ files }: Report, figures: Figures): string => {
  const { words } = figures
  if (files === undefined) return words.logs
  return words.files(files[0] === "-" ? words.standardInput : figures.key(basename(files[0]!), 80), files.length)
}

/** Where the lines are from, when they are of, and in which zone times are told. */
export const subtitleOf = (report: Report, figures: Figures): string => {
  const { words } = figures
  const { contents, zone, madeMs } = report
  const span =
    contents.requests === 0 ? [] : [words.span(figures.minute(contents.firstMs), figures.minute(contents.lastMs))]
  return [sourceOf(report, figures), ...span, words.zone(zone.name), words.made(figures.minute(madeMs))].join(" · ")
}

/** What is wrong, in a sentence or two. */
export const headlineOf = ({ contents, incidents }: Report, figures: Figures): string => {
  const { words } = figures
  const [worst] = incidents.rows
  if (contents.requests === 0) return words.nothing
  if (worst === undefined) return words.quiet
  const count = words.incidentsFound(figures.count(incidents.count), incidents.count)
  return `${count}. ${words.worst(causeText(worst, figures, true), figures.minute(worst.openedMs))}`
}

type ReportIncident = Report["incidents"]["rows"][number]

/** What an incident is of, by its cause. */
export const causeText = ({ dimension, key, keys }: ReportIncident, figures: Figures, isWithin = false): string => {
  const first = figures.subject(dimension, key, isWithin)
  return keys < 2 ? first : figures.words.incidents.andOthers(first, figures.count(keys - 1))
}

/** Whether requests failed, rather than stayed away or were too many. */
export const hasErrors = ({ kind }: ReportIncident): boolean => kind === "client-errors" || kind === "server-errors"

/** What is wrong, and for errors what would be usual. */
export const kindText = (incident: ReportIncident, figures: Figures): string => {
  const { kinds, usual } = figures.words.incidents
  const kind = kinds[incident.kind]
  return hasErrors(incident) ? usual(kind, figures.percent(incident.usualRate)) : kind
}

/** A threshold in words that say from when on it alerts. */
export const thresholdText = (threshold: Threshold, figures: Figures): string => {
  const { words } = figures
  return typeof threshold === "number"
    ? words.thresholds.from(figures.percent(threshold))
    : words.thresholds.table(
        figures.percent(threshold.rate),
        figures.count(Math.min(...threshold.least_errors.map(([, errors]) => errors)))
      )
}

export const suggestionText = ({ suggested }: Suited, figures: Figures): string => {
  const { thresholds } = figures.words
  return suggested._tag === "Refused"
    ? thresholds.why[suggested.refusal._tag]
    : `${thresholdText(suggested.threshold, figures)}; ${thresholds.alerts(figures.percent(suggested.figures.checked.share))}`
}

/** The sentences about what was read and how. */
export const readingOf = ({ contents, settings, late }: Report, figures: Figures): ReadonlyArray<string> => {
  const { reading } = figures.words
  const rejected = Object.values(contents.rejected).reduce((sum, n) => sum + n, 0)
  const isExact =
    [contents.pages, contents.clients, contents.referrers, contents.agents].every((list) => list.isExact) &&
    contents.visitors.isExact
  return [
    reading.lines(figures.count(contents.lines)),
    ...(rejected === 0 ? [] : [reading.rejected(figures.count(rejected))]),
    ...(contents.ignored === 0 ? [] : [reading.ignored(figures.count(contents.ignored))]),
    ...(contents.outside === 0 ? [] : [reading.outside(figures.count(contents.outside))]),
    ...(late === 0 ? [] : [reading.late(figures.count(late))]),
    reading.errors(settings.errors?.global ?? ">=400"),
    reading.windows(figures.span(settings.windowMs)),
    ...(isExact ? [] : [reading.inexact])
  ]
}
