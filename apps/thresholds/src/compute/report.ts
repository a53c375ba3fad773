import {
  type Calibration,
  type DetectionCounts,
  dimensionsIn,
  mapDimensions,
  type PerDimension,
  percent,
  refusalText,
  significant,
  type Target,
  targetOf
} from "@chaussettes/domain"
import { thresholdWord } from "../words.ts"
import type { Computed } from "./compute.ts"

const number = (n: number): string => n.toLocaleString("en")

/** Where so many times the share of clean panes would alert, that is said: what it takes for incidents may be the site's usual day. */
const leastExcused = 2
/** Where fewer panes would alert in an outage than this share, that is said. */
const leastSeen = 0.5

const calibrationLines = (calibrations: PerDimension<Calibration>): ReadonlyArray<string> =>
  dimensionsIn(calibrations).flatMap((d) => {
    const c = calibrations[d]!
    const figures = c.figures
    const head =
      c._tag === "Calibrated"
        ? `  ${d.padEnd(6)} ${thresholdWord(c.threshold)}`
        : `  ${d.padEnd(6)} no new threshold: ${refusalText(c.refusal)}`
    if (figures === undefined) return [head]
    const { alerting, checked, drift, sees, unexplained } = figures
    return [
      head,
      `         checked on ${number(checked.panes)} clean panes held back for the check: ${percent(checked.share, 2)} alert (99 % interval ${percent(checked.interval.low, 2)} to ${percent(checked.interval.high, 2)})`,
      `         clean error rate from part to part ${drift.map((m) => percent(m.rate, 2)).join(", ")}; ${percent(unexplained.windows, 2)} of the windows are not clean traffic`,
      ...(alerting <= leastExcused * checked.interval.high
        ? []
        : [
            `         ${percent(alerting, 2)} of all panes would have alerted, those taken for incidents included: if nothing was wrong then, expect as many every day`
          ]),
      ...(sees >= leastSeen
        ? []
        : [
            `         cannot see most of what happens: if every request failed, ${percent(sees, 2)} of the panes would alert; the others have too few requests. A longer --window sees more`
          ])
    ]
  })

/** As many digits as a small share needs. */
const shareWord = (share: number): string => (share >= 1e-4 ? percent(share, 2) : `${significant(share * 100, 2)} %`)
const targetWord = (target: Target): string =>
  typeof target === "number"
    ? shareWord(target)
    : dimensionsIn(target as PerDimension<unknown>)
        .map((d) => `${d} ${shareWord(targetOf(target, d))}`)
        .join(", ")

/** What was found, for a person. */
export const textOf = (computed: Computed, counts: DetectionCounts): string => {
  const { metadata } = computed
  const ignored =
    counts.ignored === 0
      ? ""
      : ` beside ${number(counts.ignored)} ignored by rules${metadata.rules_revision === undefined ? "" : ` (revision ${metadata.rules_revision})`}`
  const lines = [
    `${number(metadata.total_logs_analyzed)} lines${ignored}, ${percent(metadata.global_error_rate, 2)} errors, ${number(counts.windows)} windows in ${number(metadata.analysis_period_minutes)} minutes`,
    `method ${metadata.method}${metadata.target === undefined ? "" : `, target ${targetWord(metadata.target)} of the clean panes`}`
  ]
  if (computed.calibrations !== undefined) lines.push(...calibrationLines(computed.calibrations))
  else if (computed._tag === "Found") {
    for (const d of dimensionsIn(computed.thresholds))
      lines.push(`  ${d.padEnd(6)} ${thresholdWord(computed.thresholds[d]!)}`)
  }
  return `${lines.join("\n")}\n`
}

/** The same for a program. */
export const jsonOf = ({ calibrations, ...computed }: Computed, published: boolean, why: string | undefined) => ({
  schema: "chaussettes.thresholds.v1",
  published,
  ...(why === undefined ? {} : { reason: why }),
  ...(computed._tag === "Refused"
    ? { refused: { dimension: computed.dimension, ...computed.refusal, text: refusalText(computed.refusal) } }
    : { seuils: computed.thresholds }),
  metadata: computed.metadata,
  ...(calibrations === undefined
    ? {}
    : { figures: mapDimensions((d) => calibrations[d]!.figures ?? null, dimensionsIn(calibrations)) })
})
