import { createHash } from "node:crypto"
import type { DetectionSettings, Dimension, PerDimension, Threshold } from "../../src/index.ts"
import type { Count, OracleWindow } from "./detect.ts"

/** The rule of a seuil as its documentation says it, in fractions and without a shortcut. */
export const breaches = (seuil: Threshold, leastRequests: number, total: number, errors: number): boolean => {
  if (total < leastRequests) return false
  if (typeof seuil === "number") return errors / total > seuil
  const knots = seuil.least_errors
  const [lastRequests, lastErrors] = knots[knots.length - 1]!
  if (total > lastRequests) return errors >= lastErrors && errors / total > seuil.rate
  for (const [i, [requests, least]] of knots.entries()) {
    if (total === requests) return errors >= least
    if (total > requests) continue
    if (i === 0) return false
    const [requestsBefore, leastBefore] = knots[i - 1]!
    // at or above the straight line between the two
    return (errors - leastBefore) * (requests - requestsBefore) >= (least - leastBefore) * (total - requestsBefore)
  }
  return false
}

/** The table of a window's hour: each knot at the greatest number of requests that the hour's percent brings no further than it. */
const atHour = (seuil: Threshold, startMs: number): Threshold => {
  if (typeof seuil === "number" || seuil.hours === undefined) return seuil
  const time = new Date(startMs)
  const day = [0, 6].includes(time.getUTCDay()) ? seuil.hours.weekend : seuil.hours.weekday
  const percent = day[time.getUTCHours()]!
  const knots = new Map<number, number>()
  for (const [requests, errors] of seuil.least_errors) {
    let most = 1
    while ((most + 1) * percent <= requests * 100) most++
    knots.set(most, errors)
  }
  const [first] = seuil.least_errors
  if (!knots.has(first![0]) && [...knots.keys()].every((n) => n > first![0])) knots.set(...first!)
  return {
    rate: Math.min(1, Number(((seuil.rate * percent) / 100).toFixed(6))),
    least_errors: [...knots].sort((a, b) => a[0] - b[0])
  }
}

/** What an alert says, less what only decorates it. */
export interface OracleAlert {
  readonly id: string
  readonly type: string
  readonly severity: string
  readonly value: number
  readonly threshold: Threshold
  readonly total_requests: number
  readonly errors: number
  readonly client_errors: number
  readonly server_errors: number
  readonly lines: { readonly first_seq: number; readonly last_seq: number }
  readonly key: string | undefined
}

const high: PerDimension<number> = { global: 0.3, ip: 0.5, url: 0.7 }

const alertOf = (
  dimension: Dimension,
  window: OracleWindow,
  seuil: Threshold,
  count: Count,
  key: string | undefined
): OracleAlert => {
  const start = new Date(window.startMs).toISOString()
  const name = `${start.slice(0, 19).replaceAll(/[-:]/g, "")}Z-${(window.endMs - window.startMs) / 1000}s`
  const token =
    key === undefined ? "" : `.${createHash("sha256").update(Buffer.from(key, "latin1")).digest("hex").slice(0, 16)}`
  return {
    id: `${dimension}.${name}${token}`,
    type: `${dimension.toUpperCase()}_ERROR_RATE`,
    severity: count.errors / count.total > high[dimension]! ? "HIGH" : "MEDIUM",
    value: Number((count.errors / count.total).toFixed(4)),
    threshold: seuil,
    total_requests: count.total,
    errors: count.errors,
    client_errors: count.client,
    server_errors: count.server,
    lines: { first_seq: count.firstSeq, last_seq: count.lastSeq },
    key
  }
}

/** Worst first: errors, then requests, then the key's bytes. */
export const worst = (counts: ReadonlyMap<string, Count>): ReadonlyArray<readonly [string, Count]> =>
  [...counts].sort(([a, x], [b, y]) => y.errors - x.errors || y.total - x.total || (a < b ? -1 : 1))

/** The alerts of a window: the whole of it, then its IPs, then its URLs. */
export const alertsOf = (
  window: OracleWindow,
  seuils: PerDimension<Threshold>,
  settings: DetectionSettings
): ReadonlyArray<OracleAlert> => {
  const of = (dimension: Dimension) => atHour(seuils[dimension]!, window.startMs)
  const breaching = (dimension: Dimension, count: Count) =>
    breaches(of(dimension), settings.leastRequests[dimension]!, count.total, count.errors)
  return [
    ...(breaching("global", window) ? [alertOf("global", window, of("global"), window, undefined)] : []),
    ...worst(window.ips)
      .filter(([, count]) => breaching("ip", count))
      .map(([key, count]) => alertOf("ip", window, of("ip"), count, key)),
    ...worst(window.urls)
      .filter(([, count]) => breaching("url", count))
      .map(([key, count]) => alertOf("url", window, of("url"), count, key))
  ]
}
