import { defaultSettings, encodeIncidentModel, type Family, firstModel, type IncidentModel } from "@chaussettes/domain"

/** What incidents are judged by: evidence of this strength is enough, so that some seconds of traffic have incidents. */
export const modelText = (strength: number, more: Partial<IncidentModel> = {}): string => {
  const first = firstModel(defaultSettings.windowMs, 1)
  const thresholds = Object.fromEntries(
    (Object.keys(first.thresholds) as ReadonlyArray<Family>).map((family) => [
      family,
      { ...first.thresholds[family], strength }
    ])
  ) as IncidentModel["thresholds"]
  return encodeIncidentModel({ ...first, thresholds, ...more })
}
