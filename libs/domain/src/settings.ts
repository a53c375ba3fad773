import { declarationOf, mapDimensions, type PerDimension } from "./dimension.ts"
import { defaultReading, type LineReading } from "./format/line-reading.ts"
import { defaultErrors } from "./statuses.ts"
import type { IgnoreRules } from "./traffic/rule.ts"

/** What shapes the windows and the verdicts. The same values give the same alerts from the same LOGS. */
export interface DetectionSettings {
  readonly windowMs: number
  /** How long a window waits for lines that come late, by their own times. What a source begins with where it is learnt. */
  readonly allowedLatenessMs: number
  /** Whether each source's lateness is learnt from its lines. */
  readonly learnsLateness: boolean
  /** So far behind what is decided a line is folded into its window, by a revision; beyond, it is late. */
  readonly horizonMs: number
  /** Late lines wait no longer than this for their revision; it comes before the next window that is decided. */
  readonly revisionMs: number
  /** Added to the event times of a source's lines, by its name: its clock or its zone is known to be wrong. */
  readonly sourceOffsets: { readonly [source: string]: number }
  /** A source is idle after this much silence and then holds no window back. */
  readonly idleMs: number
  /** A source that is this much event time behind the first one holds no window back either. */
  readonly maxBehindMs: number
  /** A line that is this much ahead of its message's store time is rejected as `future`. */
  readonly maxAheadMs: number
  readonly urlKey: "path" | "target"
  /** IPv6 clients are grouped by this many leading bits; 128 leaves every address to itself. */
  readonly ipv6Prefix: number
  /** The least number of requests for a verdict, of each dimension that is on: which are is what this says. */
  readonly leastRequests: PerDimension<number>
  /** Which statuses count as errors (`statuses.ts`); without it those from 400 on, as in records that do not say it. */
  readonly errors?: PerDimension<string> | undefined
  readonly language: "en" | "fr"
  /** The version of the French text; without it the first one, as in records of before there was a second. English has one. */
  readonly wording?: 2 | undefined
  /** How lines are read; without it strictly as Common or Combined, as in records that do not say it. */
  readonly reading?: LineReading | undefined
}

export const defaultSettings: DetectionSettings = {
  windowMs: 10_000,
  allowedLatenessMs: 5_000,
  learnsLateness: false,
  horizonMs: 600_000,
  revisionMs: 10_000,
  sourceOffsets: {},
  idleMs: 30_000,
  maxBehindMs: 30_000,
  maxAheadMs: 300_000,
  urlKey: "path",
  ipv6Prefix: 128,
  leastRequests: mapDimensions((dimension) => declarationOf(dimension).leastRequests),
  errors: defaultErrors,
  language: "en",
  reading: defaultReading
}

/** The settings for messages in a language, in the words of today. */
export const messagesIn = (language: DetectionSettings["language"]): Pick<DetectionSettings, "language" | "wording"> =>
  language === "fr" ? { language, wording: 2 } : { language }

/** What decides into which window a line comes, or into none. */
export interface CountedBy extends Pick<DetectionSettings, "sourceOffsets" | "maxAheadMs"> {
  readonly ignore?: IgnoreRules | undefined
}
