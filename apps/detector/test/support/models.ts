import { defaultSettings, encodeIncidentModel, type Family, firstModel, type IncidentModel } from "@chaussettes/domain"

/** What incidents are judged by, requests that take 20 ms included: evidence of this strength is enough, so that some seconds of traffic have incidents. */
export const modelText = (strength: number, more: Partial<IncidentModel> = {}): string => {
  const first = firstModel(defaultSettings.windowMs, 1)
  const thresholds = Object.fromEntries(
    (Object.keys(first.thresholds) as ReadonlyArray<Family>).map((family) => [
      family,
      { ...first.thresholds[family], strength }
    ])
  ) as IncidentModel["thresholds"]
  const threshold = { ...first.thresholds["url.server"], strength }
  const usual = {
    requests: 1_000,
    cuts: [
      [18, 200],
      [19, 40]
    ],
    p50_us: 22_000,
    p95_us: 26_000
  } as const
  const cut = { factors: [1], slow: 40, spread: 0.001, url_spread: 0.001, wander: 0.01 }
  const latency = {
    site: usual,
    p50_us: [22_000],
    p95_us: [26_000],
    cuts: [cut, cut],
    thresholds: { global: threshold, url: threshold },
    urls: { "/": usual, "/a": usual, "/c": usual }
  } as const
  return encodeIncidentModel({ ...first, thresholds, latency, ...more })
}
