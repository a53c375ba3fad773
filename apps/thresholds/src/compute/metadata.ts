import {
  type Calibration,
  type Dimension,
  dimensionsIn,
  type Figures,
  type KeyDimension,
  type KeyDimensionDeclaration,
  keyDeclarationOf,
  mapDimensions,
  type PercentileMethod,
  type PerDimension,
  type Replay,
  refusalText,
  rfc3339,
  rounded,
  significant,
  type Target
} from "@chaussettes/domain"

/** What the metadata says of one calibrated dimension. */
export type CalibrationNote =
  | {
      readonly panes: Figures["panes"]
      readonly rate: number
      readonly spread: number
      readonly checked: { readonly panes: number; readonly alerts: number; readonly share: number }
      /** Share of all checked panes that alert, those included that are taken for incidents. */
      readonly alerting: number
      readonly unexplained_windows: number
      /** Clean error rates of the parts that were fitted, calibrated and checked on. */
      readonly drift: readonly [number, number, number]
    }
  | { readonly kept: string }

type Plural = KeyDimensionDeclaration["plural"]

/** `ips_analyzed` and so on: keys with enough requests for a rate. */
type Analyzed = { readonly [field in `${Plural}_analyzed`]: number }
/** `top_error_ips` and so on: the keys with the highest rates, each under the name of its dimension. */
type TopErrorKeys = { readonly [field in `top_error_${Plural}`]: ReadonlyArray<TopErrorKey> }
type TopErrorKey = { readonly [dimension in KeyDimension]?: string } & {
  readonly error_rate: number
  readonly total_requests: number
}

/** The object under the key `metadata`: the original's fields, and behind them what is new. */
export interface ThresholdsMetadata extends Analyzed, TopErrorKeys {
  readonly calculated_at: string
  readonly total_logs_analyzed: number
  readonly total_errors: number
  readonly global_error_rate: number
  readonly method: "calibrated" | PercentileMethod
  readonly analysis_period_minutes: number
  /** Names this publication; the tables of the same one carry it, too. */
  readonly publication: string
  /** The revisions of the keys that are in force by this publication. */
  readonly revisions?: { readonly [dimension in Dimension]?: number }
  readonly target?: Target
  readonly window_ms?: number
  readonly calibration?: PerDimension<CalibrationNote>
  /** The revision of the rules for ignored traffic that the whole of the history was read by; none where the bucket has no rules. */
  readonly rules_revision?: number
  /** Which statuses counted as errors; none where these were all from 400 on. */
  readonly errors?: PerDimension<string>
  /** When an operator went back to this publication. */
  readonly restored_at?: string
}

const topKeys = 5

const noteOf = (calibration: Calibration): CalibrationNote => {
  if (calibration._tag === "Refused") return { kept: refusalText(calibration.refusal) }
  const { alerting, panes, model, checked, unexplained, drift } = calibration.figures
  return {
    panes,
    rate: model.rate,
    spread: model.spread,
    checked: { panes: checked.panes, alerts: checked.alerts, share: rounded(checked.share, 5) },
    alerting: rounded(alerting, 5),
    unexplained_windows: rounded(unexplained.windows, 4),
    drift: [significant(drift[0].rate, 3), significant(drift[1].rate, 3), significant(drift[2].rate, 3)]
  }
}

export const notesOf = (calibrations: PerDimension<Calibration>): PerDimension<CalibrationNote> =>
  mapDimensions((d) => noteOf(calibrations[d]!), dimensionsIn(calibrations))

export const metadataOf = (
  replay: Replay,
  method: ThresholdsMetadata["method"],
  nowMs: number,
  more: Pick<ThresholdsMetadata, "target" | "window_ms" | "calibration" | "rules_revision" | "errors">
): ThresholdsMetadata => {
  const totals = replay.totals()
  const calculatedAt = rfc3339(Math.floor(nowMs / 1000) * 1000)
  const on = replay.keyDimensions
  const top = (dimension: KeyDimension) =>
    replay.topErrors(dimension, topKeys).map(({ key, errorRate, requests }) => ({
      [dimension]: key,
      error_rate: rounded(errorRate, 4),
      total_requests: requests
    }))
  return {
    calculated_at: calculatedAt,
    total_logs_analyzed: totals.lines,
    total_errors: totals.errors,
    global_error_rate: totals.lines === 0 ? 0 : rounded(totals.errors / totals.lines, 4),
    method,
    analysis_period_minutes: totals.lines === 0 ? 0 : Math.round((replay.lastMs - replay.firstMs) / 60_000),
    ...Object.fromEntries(on.map((d) => [`${keyDeclarationOf(d).plural}_analyzed`, replay.analyzed(d)])),
    ...Object.fromEntries(on.map((d) => [`top_error_${keyDeclarationOf(d).plural}`, top(d)])),
    publication: `${calculatedAt.replace(/[-:]/g, "")}-${method}`,
    ...more
  }
}
