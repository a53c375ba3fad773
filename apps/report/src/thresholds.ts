import {
  type Calibration,
  calibrate,
  type DetectionSettings,
  type Dimension,
  defaultMostUnexplained,
  defaultTarget,
  dimensionsIn,
  type History,
  type PerDimension,
  type Threshold
} from "@chaussettes/domain"

/** What a dimension was judged by, and what its history says that it should be. */
export interface Suited {
  readonly dimension: Dimension
  readonly inForce: Threshold
  readonly suggested: Calibration
}

export const suitedOf = (
  history: History,
  { leastRequests }: Pick<DetectionSettings, "leastRequests">,
  inForce: PerDimension<Threshold>
): ReadonlyArray<Suited> => {
  const options = { target: defaultTarget, leastRequests, mostUnexplained: defaultMostUnexplained }
  const calibrations = calibrate(history, options)
  return dimensionsIn(leastRequests).map((dimension) => ({
    dimension,
    inForce: inForce[dimension]!,
    suggested: calibrations[dimension]!
  }))
}
