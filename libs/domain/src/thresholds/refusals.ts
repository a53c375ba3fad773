import { leastErrors, type Threshold } from "../wire/threshold.ts"
import type { Unexplained } from "./attack.ts"
import { fitRobust, type Row } from "./fit.ts"
import { wilson } from "./numerics.ts"
import { type Figures, type Refusal, z99 } from "./report.ts"
import type { Split } from "./split.ts"

/** Refused where the history surely holds more that is no clean traffic than may be explained. */
export const tooManyAttacks = (
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

/** A threshold that would miss more than one in twenty of what the fit itself holds for attacks is not worth having. */
export const blindTo = (
  evidence: ReadonlyArray<{ readonly rows: ReadonlyArray<Row>; readonly unexplained: Unexplained }>,
  threshold: Threshold
): Refusal | undefined => {
  let [unseen, seen] = [0, 0]
  for (const { rows, unexplained } of evidence) {
    rows.forEach((row, r) => {
      const bound = unexplained.bounds[r]!
      const breach = leastErrors(threshold, row.requests)
      row.errors.forEach((k, i) => {
        if (k < bound) return
        if (k < breach) unseen += row.counts[i]!
        else seen += row.counts[i]!
      })
    })
  }
  return unseen > 0.05 * (unseen + seen) ? { _tag: "Blind", unseen, attacks: unseen + seen } : undefined
}

/** So many times the rate that the windows have is more than popular keys and hours make of it. */
const mostTogether = 1.3

/**
 * Refused where the panes that the model explains fail more than the windows do when each of them counts once: many keys that fail in the same few
 * windows are then part of what is taken for clean, and such a table never sees them again.
 */
export const failTogether = (
  evidence: ReadonlyArray<{ readonly rows: ReadonlyArray<Row>; readonly unexplained: Unexplained }>,
  windows: ReadonlyArray<Row>
): Refusal | undefined => {
  let [errors, requests] = [0, 0]
  for (const { rows, unexplained } of evidence) {
    rows.forEach((row, r) => {
      row.errors.forEach((k, i) => {
        if (k >= unexplained.bounds[r]!) return
        errors += k * row.counts[i]!
        requests += row.requests * row.counts[i]!
      })
    })
  }
  if (errors < leastOfPart || windows.length === 0) return undefined
  const [panes, usual] = [errors / requests, fitRobust(windows).rate]
  return panes <= mostTogether * usual ? undefined : { _tag: "Together", panes, windows: usual }
}

/** Fewer errors say too little about a rate. */
const leastOfPart = 500

/**
 * Refused where the parts of the history have clean error rates that are far apart: then it is not one site that was learnt, or the fit has
 * taken attacks for clean traffic in one part and not in another. A rate that has fallen counts like one that has risen, since the table of a
 * worse time sees nothing. Where the later parts are less than a day each, day and night may differ more.
 */
export const driftedApart = (
  { drift, panes }: Figures,
  requestsAPane: number,
  wholeDays: boolean
): Refusal | undefined => {
  const rates = drift.map(({ rate }) => rate)
  const [least, greatest] = [Math.min(...rates), Math.max(...rates)]
  const isTold = drift.every((_, i) => panes[i]! * requestsAPane * greatest >= leastOfPart)
  if (!isTold || greatest <= (wholeDays ? 1.8 : 4) * least) return undefined
  return { _tag: "Drifted", rates: [rates[0]!, rates[1]!, rates[2]!] }
}

/** Whether the later parts both hold all times of a day, so that a difference between them is none of day and night. */
export const coversDays = (split: Split): boolean =>
  split.slice(1).every((parts) => parts[parts.length - 1]!.toMs - parts[0]!.fromMs >= 0.9 * 86_400_000)

/**
 * The part that neither the fit nor the levels saw disagrees when its share of alerts is surely above what was promised (by half
 * overall, twofold within a bucket; twice that where the later parts are less than a day each, and popular keys therefore
 * have other numbers of requests in them), or surely below a quarter of what the calibration had: then traffic has changed.
 */
export const disagreement = (
  { calibrated, checked, checkedByBucket }: Figures,
  target: number,
  wholeDays: boolean
): Refusal | undefined => {
  const slack = wholeDays ? 1 : 2
  if (checked.interval.low > 1.5 * slack * target || checked.interval.high < calibrated / 4) {
    return { _tag: "Disagrees", bucket: "all", expected: calibrated, found: checked }
  }
  // A bucket of fewer panes than give one alert says nothing by an alert or two.
  const worst = checkedByBucket.find((b) => b.panes * target >= 1 && b.interval.low > 2 * slack * target)
  return worst && { _tag: "Disagrees", bucket: worst.bucket, expected: target, found: worst }
}
