import type { IncidentModel } from "@chaussettes/domain"

/** What each kind of evidence tells of, for people. */
const words = {
  "global.client": "4xx of all traffic",
  "global.server": "5xx of all traffic",
  "window.client": "4xx of all traffic within one window",
  "window.server": "5xx of all traffic within one window",
  "network.client": "4xx of a network",
  "network.server": "5xx of a network",
  "url.client": "4xx of a URL",
  "url.server": "5xx of a URL",
  "ip.client": "4xx of a client",
  "ip.server": "5xx of a client",
  "traffic.drop": "too few requests",
  "traffic.spike": "too many requests",
  "global.latency": "slow requests of all traffic",
  "url.latency": "slow requests of a URL"
} as const

/** Where the history was so restless that incidents of its usual size are not told, that is said; nothing otherwise. */
export const restlessText = ({ thresholds, latency }: IncidentModel): string => {
  const all = {
    ...thresholds,
    "global.latency": latency?.thresholds.global,
    "url.latency": latency?.thresholds.url
  }
  const restless = (Object.keys(words) as Array<keyof typeof words>).filter((f) => all[f]?.conservative === true)
  if (restless.length === 0) return ""
  const told = restless.map((family) => words[family]).join(", ")
  return `The history is restless, by itself or by attacks: what it often had is taken for usual and not told (${told}). An outage of a quarter of the site is told in any case.\n`
}
