import { type Dimension, dimensions, mapDimensions, type PerDimension } from "../dimension.ts"
import { leastErrors, type Seuil } from "../seuils.ts"
import { type Unexplained, unexplainedOf } from "./attack.ts"
import type { BetaBinomial } from "./beta-binomial.ts"
import { fitRobust, type Row, rowsOf, tailsOf } from "./fit.ts"
import type { History, Part } from "./history.ts"
import { type Levels, levelsOf } from "./level.ts"
import { wilson } from "./numerics.ts"
import { type AlertShare, buckets, type Figures, type Refusal } from "./report.ts"
import { seuilOf } from "./table.ts"

export interface CalibratedOptions {
  /** Share of the clean eligible panes that may alert. */
  readonly target: number
  readonly leastRequests: PerDimension<number>
  /** Most of the panes, and of the windows, that clean traffic may leave unexplained. */
  readonly mostUnexplained: number
}

export const defaultTarget = 0.01
/** Five in a hundred, and one more for what the estimate itself may be off by. */
export const defaultMostUnexplained = 0.06

export type Calibration =
  | { readonly _tag: "Calibrated"; readonly seuil: Seuil; readonly figures: Figures }
  | { readonly _tag: "Refused"; readonly refusal: Refusal; readonly figures: Figures | undefined }

/** One alert at least has to be expected in the part that calibrates and in the one that checks; the fit takes twice that. */
export const leastPanes = (target: number): readonly [fit: number, calibrate: number, check: number] => {
  const one = Math.ceil(1 / target)
  return [2 * one, one, one]
}

/** The three parts of a history in the order of time: half of the windows, a quarter, the last quarter. */
export const splitOf = (
  parts: ReadonlyArray<Part>
): readonly [ReadonlyArray<Part>, ReadonlyArray<Part>, ReadonlyArray<Part>] => {
  const windows = parts.reduce((sum, part) => sum + part.windows, 0)
  const split: [Array<Part>, Array<Part>, Array<Part>] = [[], [], []]
  let before = 0
  for (const part of parts) {
    const middle = (before + part.windows / 2) / windows
    split[middle < 0.5 ? 0 : middle < 0.75 ? 1 : 2].push(part)
    before += part.windows
  }
  return split
}

const panesOf = (parts: ReadonlyArray<Part>, dimension: Dimension): number =>
  parts.reduce((sum, part) => sum + part.panes[dimension], 0)

const cellsOf = (parts: ReadonlyArray<Part>, dimension: Dimension) => parts.flatMap((part) => part.cells[dimension])

/** Rows of more requests than this share the numbers between them while the model is fitted. */
const fitCoarseFrom = 64
/** The fit part counts for at most this many panes a band when levels are chosen: it helps where the later part is small. */
const fitWeighs = 3_000
/** For 99 % two-sided. */
const z99 = 2.576

/**
 * Calibrates the three seuils: fitted on the first half of the history, calibrated on the next quarter, checked on the last.
 * A dimension without enough panes is `TooLittle`; any other refusal is meant for all three.
 */
export const calibrate = (history: History, options: CalibratedOptions): PerDimension<Calibration> => {
  const split = splitOf(history.parts())
  return mapDimensions((dimension) => calibrateOne(history, split, dimension, options))
}

const calibrateOne = (
  history: History,
  split: ReturnType<typeof splitOf>,
  dimension: Dimension,
  options: CalibratedOptions
): Calibration => {
  const { target } = options
  const panes = [panesOf(split[0], dimension), panesOf(split[1], dimension), panesOf(split[2], dimension)] as const
  const least = leastPanes(target)
  const all = panes[0] + panes[1] + panes[2]
  if (panes.some((n, i) => n < least[i]!)) {
    return { _tag: "Refused", refusal: { _tag: "TooLittle", panes, least }, figures: undefined }
  }
  const whole = [...split[0], ...split[1], ...split[2]]
  const windows = whole.reduce((sum, part) => sum + part.windows, 0)
  const model = fitRobust(rowsOf(cellsOf(split[0], dimension), fitCoarseFrom))
  const below = Math.min(target / 10, 0.005 / Math.max(1, all / windows))
  const evidence = split.map((parts, i) => {
    const rows = rowsOf(cellsOf(parts, dimension))
    const most = i === 0 ? fitWeighs : Number.POSITIVE_INFINITY
    return { rows, most, unexplained: unexplainedOf(rows, model, below) }
  })
  const levels = levelsOf(evidence.slice(0, 2), model, target)
  const greatest = Math.max(...evidence.map(({ rows }) => rows[rows.length - 1]!.requests))
  const seuil = seuilOf(model, levels, options.leastRequests[dimension], greatest)

  const attacks = evidence.reduce((sum, e) => sum + e.unexplained.attacks, 0)
  const worst = unexplainedOf(rowsOf(whole.flatMap((part) => part.worst[dimension])), model, below, all)
  // Windows by what a key itself is used to; several keys struck in one window count as often, but no more than all windows.
  const struck = dimension === "global" ? 0 : Math.min(windows, history.keyRates[dimension].struck(model, 10 * below))
  const checkedByBucket = bucketsOf(
    evidence[2]!.rows,
    seuil,
    evidence[2]!.unexplained,
    varianceOf(split, dimension, seuil, model, below)
  )
  const figures: Figures = {
    panes,
    model,
    levels: [Math.min(...levels.byBand), Math.max(...levels.byBand)],
    calibrated: levels.share,
    checked: checkedByBucket.all,
    checkedByBucket: checkedByBucket.byBucket,
    unexplained: { panes: attacks / all, windows: Math.max(worst.attacks, struck) / windows },
    drift: [
      model,
      fitRobust(rowsOf(cellsOf(split[1], dimension), fitCoarseFrom)),
      fitRobust(rowsOf(cellsOf(split[2], dimension), fitCoarseFrom))
    ]
  }
  const refusal =
    tooManyAttacks(figures, all, windows, options.mostUnexplained) ??
    blindTo(evidence, seuil) ??
    disagreement(figures, levels, target, coversDays(split))
  return refusal === undefined ? { _tag: "Calibrated", seuil, figures } : { _tag: "Refused", refusal, figures }
}

const tooManyAttacks = (
  { unexplained }: Figures,
  panes: number,
  windows: number,
  most: number
): Refusal | undefined => {
  for (const [of, n] of [
    ["windows", windows],
    ["panes", panes]
  ] as const) {
    const share = unexplained[of]
    if (wilson(share * n, n, z99).low > most) return { _tag: "Attacked", share, most, of }
  }
  return undefined
}

/** A seuil that would miss more than one in twenty of what the fit itself holds for attacks is not worth having. */
const blindTo = (
  evidence: ReadonlyArray<{ readonly rows: ReadonlyArray<Row>; readonly unexplained: Unexplained }>,
  seuil: Seuil
): Refusal | undefined => {
  let [unseen, seen] = [0, 0]
  for (const { rows, unexplained } of evidence) {
    rows.forEach((row, r) => {
      const bound = unexplained.bounds[r]!
      const breach = leastErrors(seuil, row.requests)
      row.errors.forEach((k, i) => {
        if (k < bound) return
        if (k < breach) unseen += row.counts[i]!
        else seen += row.counts[i]!
      })
    })
  }
  return unseen > 0.05 * (unseen + seen) ? { _tag: "Blind", unseen, attacks: unseen + seen } : undefined
}

/** Whether the later parts both hold all times of a day, so that a difference between them is none of day and night. */
const coversDays = (split: ReturnType<typeof splitOf>): boolean =>
  split.slice(1).every((parts) => parts[parts.length - 1]!.toMs - parts[0]!.fromMs >= 0.9 * 86_400_000)

/**
 * The part that neither the fit nor the levels saw disagrees when its share of alerts is surely above what was promised (by half
 * overall, twofold within a bucket; twice that where the later parts are less than a day each, and popular keys therefore
 * have other numbers of requests in them), or surely below a quarter of what the calibration had: then traffic has changed.
 */
const disagreement = (
  { checked, checkedByBucket }: Figures,
  levels: Levels,
  target: number,
  wholeDays: boolean
): Refusal | undefined => {
  const slack = wholeDays ? 1 : 2
  if (checked.interval.low > 1.5 * slack * target || checked.interval.high < levels.share / (4 * slack)) {
    return { _tag: "Disagrees", bucket: "all", expected: levels.share, found: checked }
  }
  // A bucket of fewer panes than give one alert says nothing by an alert or two.
  const worst = checkedByBucket.find((b) => b.panes * target >= 1 && b.interval.low > 2 * slack * target)
  return worst && { _tag: "Disagrees", bucket: worst.bucket, expected: target, found: worst }
}

/** The explained panes of a row, and how many of them alert. */
const cleanOf = (
  row: Row,
  r: number,
  seuil: Seuil,
  { bounds }: Pick<Unexplained, "bounds">
): { readonly panes: number; readonly alerts: number } => {
  const breach = leastErrors(seuil, row.requests)
  let [panes, alerts] = [0, 0]
  row.errors.forEach((k, i) => {
    if (k >= bounds[r]!) return
    panes += row.counts[i]!
    if (k >= breach) alerts += row.counts[i]!
  })
  return { panes, alerts }
}

/** What share of the clean panes alerts, by bucket and overall. */
const bucketsOf = (
  rows: ReadonlyArray<Row>,
  seuil: Seuil,
  unexplained: Unexplained,
  variance: number
): { readonly all: AlertShare; readonly byBucket: Figures["checkedByBucket"] } => {
  const counted = buckets.map(() => ({ panes: 0, alerts: 0 }))
  rows.forEach((row, r) => {
    const bucket = counted[buckets.findIndex((b) => row.requests <= b.to)]!
    const { panes, alerts } = cleanOf(row, r, seuil, unexplained)
    bucket.panes += panes - unexplained.hiddenFrom(r, 0)
    bucket.alerts += alerts - unexplained.hiddenFrom(r, leastErrors(seuil, row.requests))
  })
  for (const c of counted) c.alerts = Math.max(0, c.alerts)
  const shareOf = (panes: number, alerts: number): AlertShare => ({
    panes: Math.round(panes),
    alerts: Math.round(alerts),
    share: panes === 0 ? 0 : alerts / panes,
    interval: wilson(alerts / variance, panes / variance, z99)
  })
  return {
    all: shareOf(
      counted.reduce((sum, c) => sum + c.panes, 0),
      counted.reduce((sum, c) => sum + c.alerts, 0)
    ),
    byBucket: counted.flatMap((c, i) =>
      c.panes === 0 ? [] : [{ bucket: buckets[i]!.name, ...shareOf(c.panes, c.alerts) }]
    )
  }
}

/** By how much the alerts of the later slots vary more than independent panes would; never less than 1. */
const varianceOf = (
  split: ReturnType<typeof splitOf>,
  dimension: Dimension,
  seuil: Seuil,
  model: BetaBinomial,
  below: number
): number => {
  const slots = [...split[1], ...split[2]].map((part) => {
    const rows = rowsOf(part.cells[dimension])
    const bounds = tailsOf(rows, model).map((tail) => tail.leastBelow(below))
    const counted = rows.map((row, r) => cleanOf(row, r, seuil, { bounds }))
    return {
      panes: counted.reduce((sum, c) => sum + c.panes, 0),
      alerts: counted.reduce((sum, c) => sum + c.alerts, 0)
    }
  })
  const panes = slots.reduce((sum, s) => sum + s.panes, 0)
  const share = slots.reduce((sum, s) => sum + s.alerts, 0) / panes
  if (share === 0 || slots.length < 3) return 1
  const squares = slots.reduce(
    (sum, s) => sum + (s.panes === 0 ? 0 : (s.alerts - s.panes * share) ** 2 / (s.panes * share)),
    0
  )
  return Math.max(1, squares / (slots.length - 1))
}

/** The refusal that forbids a publication: any but too little history in some of the dimensions. */
export const forbidding = (
  calibrations: PerDimension<Calibration>
): { readonly dimension: Dimension; readonly refusal: Refusal } | undefined => {
  const refused = dimensions.flatMap((dimension) => {
    const c = calibrations[dimension]
    return c._tag === "Refused" ? [{ dimension, refusal: c.refusal }] : []
  })
  return (
    refused.find((r) => r.refusal._tag !== "TooLittle") ??
    (refused.length === dimensions.length ? refused[0] : undefined)
  )
}
