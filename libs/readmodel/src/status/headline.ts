import {
  type Dimension,
  dimensionsIn,
  type NoVerdict,
  type TallyCounts,
  type Usability,
  usabilityOf
} from "@chaussettes/domain"
import type { IncidentView } from "../incidents/incident-view.ts"
import { historyMs, isQuiet } from "../incidents/marks.ts"
import type { Learning } from "./learning.ts"
import type { SourceOffClock } from "./off-clock.ts"
import type { Status } from "./status.ts"

/** Lines of the last minutes that got no verdict, and why: of what is said of their traffic little can be believed. */
export interface RecentNoVerdict extends NoVerdict {
  readonly how: Exclude<Usability["_tag"], "Fine" | "Empty">
  readonly spanMs: number
  /** The worst of the sources whose clocks are off: what helps there. */
  readonly offClock: ReadonlyArray<SourceOffClock>
}

/** The one thing to know: is something wrong, since when, who or what. */
export type Headline =
  | { readonly _tag: "Unreachable"; readonly sinceMs: number }
  | { readonly _tag: "NoData"; readonly detector: boolean }
  | {
      readonly _tag: "Wrong"
      readonly worst: IncidentView
      /** How many more are open that nobody silenced. */
      readonly others: number
      readonly quiet: Status["incidents"]["quiet"]
      /** Null where nearly all lines get their verdict. */
      readonly noVerdict: RecentNoVerdict | null
    }
  | { readonly _tag: "NoVerdict"; readonly noVerdict: RecentNoVerdict }
  | { readonly _tag: "DetectorNotReady"; readonly why: string }
  | { readonly _tag: "DetectorSilent"; readonly sinceMs: number; readonly lagMessages: number }
  | { readonly _tag: "CatchingUp"; readonly messages: number; readonly leftMs: number | null }
  | { readonly _tag: "ThresholdRefused"; readonly dimension: Dimension; readonly why: string }
  | { readonly _tag: "RulesRefused"; readonly key: "ignore" | "formats"; readonly why: string }
  | { readonly _tag: "StrayThreshold"; readonly key: string }
  | { readonly _tag: "Lost"; readonly messages: number }
  | { readonly _tag: "NoLines"; readonly sinceMs: number; readonly last: IncidentView | null }
  | { readonly _tag: "Learning"; readonly learning: Learning }
  | {
      /** Whatever is open, somebody has silenced. */
      readonly _tag: "Quiet"
      readonly worst: IncidentView
      readonly quiet: NonNullable<Status["incidents"]["quiet"]>
    }
  | { readonly _tag: "Calm"; readonly last: IncidentView | null; readonly maintenanceUntilMs: number | null }

/**
 * So few requests say little of a rate: three errors of three requests are HIGH by the contract of ALERTS, which goes by the rate alone, and no
 * reason to run. Whoever tells a person of an alert's severity tells of these, too.
 */
export const isFew = (requests: number): boolean => requests < 10

export type Tone = "bad" | "warn" | "unknown" | "good"

export const toneOf = (headline: Headline): Tone => {
  switch (headline._tag) {
    case "Wrong":
      return headline.worst.event.severity === "HIGH" ? "bad" : "warn"
    case "NoVerdict":
      return headline.noVerdict.how === "SomeUnjudged" ? "warn" : "bad"
    case "Unreachable":
    case "DetectorNotReady":
    case "DetectorSilent":
    case "Lost":
      return "bad"
    case "ThresholdRefused":
    case "RulesRefused":
    case "StrayThreshold":
      return "warn"
    case "NoData":
    case "NoLines":
    case "CatchingUp":
    case "Learning":
    case "Quiet":
      return "unknown"
    case "Calm":
      return "good"
  }
}

/** No window for this long by the clock is told as silence. */
const quietMs = 120_000

/** Sources that a headline names. */
const namedSources = 3

/** What of the recent lines has to be said before all that is said by them; undefined where nothing has. */
export const noVerdictOf = (
  recent: { readonly total: TallyCounts; readonly spanMs: number },
  offClock: ReadonlyArray<SourceOffClock>
): RecentNoVerdict | undefined => {
  const usability = usabilityOf(recent.total)
  if (usability._tag === "Fine" || usability._tag === "Empty") return undefined
  const { _tag: how, ...noVerdict } = usability
  return { ...noVerdict, how, spanMs: recent.spanMs, offClock: offClock.slice(0, namedSources) }
}

/** The sources that are known to be off the clock. */
export const offClockOf = ({ sources }: Pick<Status, "sources">): ReadonlyArray<SourceOffClock> =>
  sources.flatMap(({ name, recent }) =>
    recent === null || recent.clock === null ? [] : [{ name, offsetMs: recent.offsetMs, clock: recent.clock }]
  )

/** What hides the rest comes first: without the server nothing is known, without the detector nothing new. */
export const headlineOf = (status: Status): Headline => {
  if (status.unreachable !== null) return { _tag: "Unreachable", sinceMs: status.unreachable.sinceMs }
  const { detector, newest } = status
  const noVerdict = status.recent === null ? undefined : noVerdictOf(status.recent, offClockOf(status))
  const lag = status.lagMessages ?? 0
  // An old window is no silence while there is more to be read.
  const catchingUp: Headline = { _tag: "CatchingUp", messages: lag, leftMs: status.lagLeftMs }
  const isCatchingUp = detector.state === "running" && detector.notReady.length === 0 && lag > 0
  if (newest === null && noVerdict === undefined) {
    if (isCatchingUp) return catchingUp
    return { _tag: "NoData", detector: detector.state === "running" && detector.notReady.length === 0 }
  }
  if (detector.notReady.length > 0) return { _tag: "DetectorNotReady", why: detector.notReady.join("; ") }
  if (detector.state === "silent" && lag > 0) {
    return { _tag: "DetectorSilent", sinceMs: detector.renewedMs ?? newest?.endMs ?? 0, lagMessages: lag }
  }
  // By what little is left nothing can be said, not even that something is wrong.
  const isMost = noVerdict !== undefined && noVerdict.how !== "SomeUnjudged"
  if (noVerdict !== undefined && (isMost || newest === null)) return { _tag: "NoVerdict", noVerdict }
  if (newest === null) return { _tag: "NoData", detector: true }
  const silenceMs = status.atMs - newest.endMs - newest.windowMs
  const { incidents } = status
  const [worst] = incidents.open
  const isNow = worst !== undefined && silenceMs <= historyMs
  if (isNow && !isQuiet(worst)) {
    const { openCount, quiet } = incidents
    const others = openCount - 1 - (quiet?.count ?? 0)
    return { _tag: "Wrong", worst, others, quiet, noVerdict: noVerdict ?? null }
  }
  if (noVerdict !== undefined) return { _tag: "NoVerdict", noVerdict }
  if (detector.state === "silent" && silenceMs <= historyMs) {
    return { _tag: "DetectorSilent", sinceMs: detector.renewedMs ?? newest.endMs, lagMessages: 0 }
  }
  for (const dimension of dimensionsIn(status.seuils)) {
    const why = status.seuils[dimension]?.refused
    if (why !== null && why !== undefined) return { _tag: "ThresholdRefused", dimension, why }
  }
  for (const key of ["ignore", "formats"] as const) {
    const why = status[key]?.refused
    if (why !== null && why !== undefined) return { _tag: "RulesRefused", key, why }
  }
  const stray = status.unknownKeys.find(({ bucket }) => bucket === "seuils")
  if (stray !== undefined) return { _tag: "StrayThreshold", key: stray.key }
  if (status.lastHour.gap > 0) return { _tag: "Lost", messages: status.lastHour.gap }
  if (silenceMs > quietMs && isCatchingUp) return catchingUp
  if (silenceMs > quietMs) return { _tag: "NoLines", sinceMs: newest.endMs, last: incidents.last }
  if (isNow && incidents.quiet !== null) return { _tag: "Quiet", worst, quiet: incidents.quiet }
  if (incidents.learning !== null) return { _tag: "Learning", learning: incidents.learning }
  return { _tag: "Calm", last: incidents.last, maintenanceUntilMs: incidents.maintenanceUntilMs }
}
