import {
  type Calibration,
  calibrate,
  type DetectionSettings,
  type Dimension,
  defaultErrors,
  dimensionsIn,
  errorsOf,
  forbidding,
  mapDimensions,
  type PerDimension,
  percentile99,
  type Refusal,
  Replay,
  type Target,
  type Threshold
} from "@chaussettes/domain"
import { metadataOf, notesOf, type ThresholdsMetadata } from "./metadata.ts"

export type Method = "calibrated" | "percentile_99"

export interface ComputeOptions {
  readonly method: Method
  readonly target: Target
  readonly mostUnexplained: number
}

/** What a history says that the thresholds should be. */
export type Computed =
  | {
      readonly _tag: "Found"
      /** A dimension that is `undefined` has too little history: what is in force stays. */
      readonly thresholds: PerDimension<Threshold | undefined>
      readonly calibrations: PerDimension<Calibration> | undefined
      readonly metadata: ThresholdsMetadata
    }
  | {
      readonly _tag: "Refused"
      readonly dimension: Dimension
      readonly refusal: Refusal
      readonly calibrations: PerDimension<Calibration>
      readonly metadata: ThresholdsMetadata
    }

export const newReplay = (settings: DetectionSettings): Replay => new Replay(settings.leastRequests)

/** Applies the method to what a replay has taken. */
export const compute = (
  replay: Replay,
  settings: DetectionSettings,
  options: ComputeOptions,
  nowMs: number
): Computed => {
  const ignore = settings.reading?.ignore
  const { errors = defaultErrors } = settings
  const by = {
    ...(ignore === undefined || ignore.revision === 0 ? {} : { rules_revision: ignore.revision }),
    ...(dimensionsIn(errors).every((d) => errors[d] === errorsOf(defaultErrors, d)) ? {} : { errors })
  }
  if (options.method === "percentile_99") {
    const { method, thresholds } = percentile99(replay.totals())
    const metadata = metadataOf(replay, method, nowMs, by)
    return { _tag: "Found", thresholds, calibrations: undefined, metadata }
  }
  const calibrations = calibrate(replay.history, {
    target: options.target,
    leastRequests: settings.leastRequests,
    mostUnexplained: options.mostUnexplained
  })
  const metadata = metadataOf(replay, "calibrated", nowMs, {
    target: options.target,
    window_ms: settings.windowMs,
    calibration: notesOf(calibrations),
    ...by
  })
  const refused = forbidding(calibrations)
  if (refused !== undefined) return { _tag: "Refused", ...refused, calibrations, metadata }
  const thresholds = mapDimensions((d) => {
    const calibration = calibrations[d]!
    return calibration._tag === "Calibrated" ? calibration.threshold : undefined
  }, dimensionsIn(calibrations))
  return { _tag: "Found", thresholds, calibrations, metadata }
}

/** The dimensions that get a new threshold. */
export const foundIn = (thresholds: PerDimension<Threshold | undefined>): ReadonlyArray<Dimension> =>
  dimensionsIn(thresholds)
