import { percent } from "../text/percent.ts"
import type { BetaBinomial } from "./beta-binomial.ts"
import type { Interval } from "./numerics.ts"

/** Numbers of requests that reports tell apart. */
export const buckets: ReadonlyArray<{ readonly name: string; readonly from: number; readonly to: number }> = [
  { name: "1–2", from: 1, to: 2 },
  { name: "3–9", from: 3, to: 9 },
  { name: "10–29", from: 10, to: 29 },
  { name: "30–99", from: 30, to: 99 },
  { name: "100–999", from: 100, to: 999 },
  { name: "1000+", from: 1_000, to: Number.POSITIVE_INFINITY }
]

/** For 99 %, two-sided. */
export const z99 = 2.576

/** How many panes alert. */
export interface AlertShare {
  readonly panes: number
  readonly alerts: number
  readonly share: number
  /** 99 % interval, widened by how much the share varies from hour to hour. */
  readonly interval: Interval
}

/** What was found out of one dimension's history; all that a refusal or a publication rests on. */
export interface Figures {
  /** Eligible panes of the parts that were fitted, calibrated and checked on. */
  readonly panes: readonly [fit: number, calibrate: number, check: number]
  readonly model: BetaBinomial
  /** The tail probabilities at which panes alert, least and greatest over the numbers of requests. */
  readonly levels: readonly [least: number, greatest: number]
  /** Share of clean panes that alert in the part that was calibrated on. */
  readonly calibrated: number
  readonly checked: AlertShare
  readonly checkedByBucket: ReadonlyArray<AlertShare & { readonly bucket: string }>
  /** Share of all checked panes that alert, those included that are taken for incidents: what will alert if they were none. */
  readonly alerting: number
  /** Share of the checked panes that would alert if all of their requests failed: others have too few to be told from chance. */
  readonly sees: number
  /** Share of panes, and of windows, that clean traffic does not explain. */
  readonly unexplained: { readonly panes: number; readonly windows: number }
  /** How the clean error rate and its spread moved from part to part. */
  readonly drift: readonly [fit: BetaBinomial, calibrate: BetaBinomial, check: BetaBinomial]
}

/** Why a dimension gets no new threshold. */
export type Refusal =
  | {
      readonly _tag: "TooLittle"
      /** Of the parts that would be fitted, calibrated and checked on. */
      readonly panes: readonly [number, number, number]
      readonly least: readonly [number, number, number]
    }
  | { readonly _tag: "Attacked"; readonly share: number; readonly most: number; readonly of: "panes" | "windows" }
  | { readonly _tag: "Disagrees"; readonly bucket: string; readonly expected: number; readonly found: AlertShare }
  | { readonly _tag: "Blind"; readonly unseen: number; readonly attacks: number }
  /** Error rates of the panes that are taken for clean, and of the windows when each of them counts once. */
  | { readonly _tag: "Together"; readonly panes: number; readonly windows: number }
  /** Clean error rates of the parts that would be fitted, calibrated and checked on. */
  | { readonly _tag: "Drifted"; readonly rates: readonly [number, number, number] }

/** A refusal as one sentence for an operator. */
export const refusalText = (refusal: Refusal): string => {
  switch (refusal._tag) {
    case "TooLittle":
      return `there is too little history: ${refusal.panes.join(", ")} panes with enough requests to fit, calibrate and check on; at least ${refusal.least.join(", ")} are needed`
    case "Attacked":
      return `clean traffic does not explain ${percent(refusal.share, 2)} of the ${refusal.of}, above the limit of ${percent(refusal.most, 2)}: the history holds too many incidents, or a key that always fails`
    case "Disagrees":
      return `the part of the history held back for the check disagrees: ${percent(refusal.found.share, 2)} of its ${refusal.found.panes} clean panes (${refusal.bucket} requests) would alert, and ${percent(refusal.expected, 2)} were expected`
    case "Drifted":
      return `the parts of the history have clean error rates that are too far apart (${refusal.rates.map((rate) => percent(rate, 2)).join(", then ")}): the site has changed, or what happens often in one part does not in another`
    case "Together":
      return `many keys fail in the same windows: ${percent(refusal.panes, 2)} of the requests of the panes that look clean fail, and ${percent(refusal.windows, 2)} in a usual window; a threshold learnt from both would not see the next time`
    case "Blind":
      return `${refusal.unseen} of ${refusal.attacks} attacks in the history would not be seen`
  }
}
