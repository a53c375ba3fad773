import { type Dimension, dimensionsIn, mapDimensions, type PerDimension } from "../dimension.ts"
import type { Hours } from "../wire/hours.ts"
import { leastErrors, type Threshold } from "../wire/threshold.ts"
import { type Unexplained, unexplainedOf } from "./attack.ts"
import type { BetaBinomial } from "./beta-binomial.ts"
import { bucketsOf, varianceOf } from "./check.ts"
import { byClock, clockOf } from "./clock.ts"
import { fitAll, fitRobust, type Row, rowsOf } from "./fit.ts"
import type { History, Part } from "./history.ts"
import type { KeyRates } from "./key-rates.ts"
import { levelsOf } from "./level.ts"
import { blindTo, coversDays, disagreement, driftedApart, failTogether, tooManyAttacks } from "./refusals.ts"
import type { Figures, Refusal } from "./report.ts"
import { cellsOf, panesOf, type Split, splitOf } from "./split.ts"
import { thresholdOf } from "./table.ts"

/** One share for all dimensions, or one for each; a dimension that is not named has the default. */
export type Target = number | { readonly [dimension in Dimension]?: number }

export interface CalibratedOptions {
  /** Share of the clean eligible panes that may alert. */
  readonly target: Target
  readonly leastRequests: PerDimension<number>
  /** Most of the panes, and of the windows, that clean traffic may leave unexplained. */
  readonly mostUnexplained: number
  /** The least panes of each part, where they are not to follow from the target. */
  readonly leastPanes?: readonly [fit: number, calibrate: number, check: number]
  /** Whether hours are told apart where the history tells them; they are, unless this says otherwise. */
  readonly byHour?: boolean
}

export const defaultTarget = 0.01
export const targetOf = (target: Target, dimension: Dimension): number =>
  typeof target === "number" ? target : (target[dimension] ?? defaultTarget)

/** Five in a hundred, and one more for what the estimate itself may be off by. */
export const defaultMostUnexplained = 0.06

type OneOptions = CalibratedOptions & { readonly target: number }

export type Calibration =
  | { readonly _tag: "Calibrated"; readonly threshold: Threshold; readonly figures: Figures }
  | { readonly _tag: "Refused"; readonly refusal: Refusal; readonly figures: Figures | undefined }

/** One alert at least has to be expected in the part that calibrates and in the one that checks; the fit takes twice that. */
const leastPanes = (target: number): readonly [fit: number, calibrate: number, check: number] => {
  const one = Math.ceil(1 / target)
  return [2 * one, one, one]
}

/** Rows of more requests than this share the numbers between them while the model is fitted. */
const fitCoarseFrom = 64
/** A key knows itself better than all keys know it: this many times less unlikely a pane is enough to be beside itself. */
const besideItself = 10
/** The fit part counts for at most this many panes a band when levels are chosen: it helps where the later part is small. */
const fitWeighs = 3_000

/**
 * Calibrates the threshold of each dimension that is on: fitted on the first half of the history, calibrated on the next quarter, checked on the last.
 * A dimension without enough panes is `TooLittle`; any other refusal is meant for all of them.
 */
export const calibrate = (history: History, options: CalibratedOptions): PerDimension<Calibration> => {
  const split = splitOf(history.parts())
  return mapDimensions((dimension) => {
    const of = { ...options, target: targetOf(options.target, dimension) }
    const hours = options.byHour === false ? undefined : clockOf([...split[0], ...split[1]], dimension)
    if (hours === undefined) return calibrateOne(history, split, dimension, of)
    const moved = byClock(split, dimension, hours, options.leastRequests[dimension]!)
    const timed = withHours(calibrateOne(history, moved, dimension, of), hours)
    if (timed._tag === "Calibrated") return timed
    const plain = calibrateOne(history, split, dimension, of)
    return plain._tag === "Calibrated" ? plain : timed
  }, dimensionsIn(options.leastRequests))
}

/** A plain rate has no hours: it says that nothing breaches. */
const withHours = (calibration: Calibration, hours: Hours): Calibration =>
  calibration._tag === "Refused" || typeof calibration.threshold === "number"
    ? calibration
    : { ...calibration, threshold: { ...calibration.threshold, hours } }

const calibrateOne = (history: History, split: Split, dimension: Dimension, options: OneOptions): Calibration => {
  const panes = [panesOf(split[0], dimension), panesOf(split[1], dimension), panesOf(split[2], dimension)] as const
  const least = options.leastPanes ?? leastPanes(options.target)
  if (panes.some((n, i) => n < least[i]!)) {
    return { _tag: "Refused", refusal: { _tag: "TooLittle", panes, least }, figures: undefined }
  }
  const all = panes[0] + panes[1] + panes[2]
  const windows = split.flat().reduce((sum, part) => sum + part.windows, 0)
  const below = Math.min(options.target / 10, 0.005 / Math.max(1, all / windows))
  const rates = dimension === "global" ? undefined : history.keyRates[dimension]
  const fitRows = rowsOf(cellsOf(split[0], dimension), fitCoarseFrom)
  const robust = fitRobust(fitRows)
  // Where keys that always fail are more than the alerts that are allowed, they are part of what is clean here.
  const usual = rates?.habitual(robust, below, besideItself * below, windows) ?? 0
  const model = usual > (options.target / 2) * all ? fitAll(fitRows) : robust
  const habitual = model === robust ? usual : (rates?.habitual(model, below, besideItself * below, windows) ?? 0)
  return learn(split, dimension, options, { panes, windows, below, robust, model, habitual, rates })
}

interface Basis {
  readonly panes: readonly [number, number, number]
  readonly windows: number
  /** A tail probability below this is not explained. */
  readonly below: number
  /** The robust fit of the first part. */
  readonly robust: BetaBinomial
  /** What is taken for clean traffic: that fit, unless the site's keys are otherwise. */
  readonly model: BetaBinomial
  /** Unexplained panes of keys that are always so. */
  readonly habitual: number
  readonly rates: KeyRates | undefined
}

/** Chooses the levels for a model, makes the threshold and checks it. */
const learn = (split: Split, dimension: Dimension, options: OneOptions, basis: Basis): Calibration => {
  const { panes, windows, below, robust, model } = basis
  const { target } = options
  const all = panes[0] + panes[1] + panes[2]
  const evidence = split.map((parts, i) => {
    const rows = rowsOf(cellsOf(parts, dimension))
    const most = i === 0 ? fitWeighs : Number.POSITIVE_INFINITY
    return { rows, most, unexplained: unexplainedOf(rows, model, below) }
  })
  const levels = levelsOf(evidence.slice(0, 2), model, target)
  const greatest = Math.max(...evidence.map(({ rows }) => rows[rows.length - 1]!.requests))
  const threshold = thresholdOf(model, levels, options.leastRequests[dimension]!, greatest)
  const { rows, unexplained } = evidence[2]!
  const checked = bucketsOf(rows, threshold, unexplained, varianceOf(split, dimension, threshold, model, below))
  const refit = (parts: ReadonlyArray<Part>) => fitRobust(rowsOf(cellsOf(parts, dimension), fitCoarseFrom))
  const figures: Figures = {
    panes,
    model,
    levels: [Math.min(...levels.byBand), Math.max(...levels.byBand)],
    calibrated: bucketsOf(evidence[1]!.rows, threshold, evidence[1]!.unexplained, 1).all.share,
    checked: checked.all,
    checkedByBucket: checked.byBucket,
    alerting: alertingOf(rows, threshold),
    sees: seenOf(rows, threshold),
    unexplained: unexplainedShares(split, dimension, basis, evidence),
    drift: [robust, refit(split[1]), refit(split[2])]
  }
  const refusal =
    tooManyAttacks(figures, all, windows, options.mostUnexplained) ??
    blindTo(evidence, threshold) ??
    (dimension === "global" || model !== robust ? undefined : failTogether(evidence, togetherOf(split, dimension))) ??
    disagreement(figures, target, coversDays(split)) ??
    driftedApart(figures, requestsOf(evidence) / all, coversDays(split))
  return refusal === undefined ? { _tag: "Calibrated", threshold, figures } : { _tag: "Refused", refusal, figures }
}

const togetherOf = (split: Split, dimension: Dimension): ReadonlyArray<Row> =>
  rowsOf(
    split.flat().flatMap((part) => part.together[dimension] ?? []),
    fitCoarseFrom
  )

const alertingOf = (rows: ReadonlyArray<Row>, threshold: Threshold): number => {
  let [alerts, all] = [0, 0]
  for (const row of rows) {
    const least = leastErrors(threshold, row.requests)
    all += row.panes
    row.errors.forEach((k, i) => {
      if (k >= least) alerts += row.counts[i]!
    })
  }
  return all === 0 ? 0 : alerts / all
}

const seenOf = (rows: ReadonlyArray<Row>, threshold: Threshold): number => {
  let [seen, all] = [0, 0]
  for (const { requests, panes } of rows) {
    all += panes
    if (leastErrors(threshold, requests) <= requests) seen += panes
  }
  return all === 0 ? 0 : seen / all
}

const requestsOf = (evidence: ReadonlyArray<{ readonly rows: ReadonlyArray<Row> }>): number =>
  evidence.reduce((sum, { rows }) => sum + rows.reduce((of, row) => of + row.requests * row.panes, 0), 0)

/** The shares of panes and of windows that are no clean traffic; what keys always are does not count. */
const unexplainedShares = (
  split: Split,
  dimension: Dimension,
  { panes, windows, below, model, habitual, rates }: Basis,
  evidence: ReadonlyArray<{ readonly unexplained: Unexplained }>
): Figures["unexplained"] => {
  const all = panes[0] + panes[1] + panes[2]
  const attacks = Math.max(0, evidence.reduce((sum, e) => sum + e.unexplained.attacks, 0) - habitual)
  const worst = rowsOf(split.flat().flatMap((part) => part.worst[dimension] ?? []))
  // Behind a key that always is the worst of its window no other one is seen there: then each pane stands for a window.
  const attacked = habitual > 0 ? attacks : unexplainedOf(worst, model, below, all).attacks
  // And by what a key itself is used to; several keys struck in one window count as often.
  const struck = rates?.struck(model, besideItself * below) ?? 0
  return { panes: attacks / all, windows: Math.min(1, Math.max(attacked, struck) / windows) }
}

/** What keeps a dimension's own threshold as it is and says nothing against the others: the outage that hid in its panes is one of theirs to see. */
const ofItself: ReadonlyArray<Refusal["_tag"]> = ["TooLittle", "Together"]

/** The refusal that forbids a publication: any but those of a dimension by itself, unless no dimension is left. */
export const forbidding = (
  calibrations: PerDimension<Calibration>
): { readonly dimension: Dimension; readonly refusal: Refusal } | undefined => {
  const on = dimensionsIn(calibrations)
  const refused = on.flatMap((dimension) => {
    const c = calibrations[dimension]!
    return c._tag === "Refused" ? [{ dimension, refusal: c.refusal }] : []
  })
  return (
    refused.find((r) => !ofItself.includes(r.refusal._tag)) ?? (refused.length === on.length ? refused[0] : undefined)
  )
}
