import {
  Detection,
  defaultSettings,
  firstThresholds,
  IncidentLearner,
  KeyTexts,
  panesOf,
  thresholdsOf
} from "@chaussettes/domain"
import { runBeside } from "./beside.ts"
import { runContaminated } from "./contaminated.ts"
import { families, restlessSite } from "./families.ts"
import { planted } from "./faults.ts"
import { latencySites, runLatency, wholeLatencyScale } from "./latency.ts"
import { runOutages } from "./outages.ts"
import type { Results } from "./page.ts"
import { type QuietResult, runQuiet } from "./quiet.ts"

export interface Scale {
  readonly seeds: number
  readonly learntDays: number
  readonly days: number
  readonly trials: number
  readonly contaminations: ReadonlyArray<number>
}

export const wholeScale: Scale = {
  seeds: 1,
  learntDays: 7,
  days: 14,
  trials: 20,
  contaminations: [0.02, 0.05, 0.1, 0.2]
}

/** Sites that faults are planted into. */
const faultySites = ["stationary", "rhythm of day and week", "one URL with 60 %"]
/** Requests a window of the sites that fail in part: at night they have ten. */
const outageRequests = 25
/** Attacks that histories are full of. */
const attacks = [
  "all traffic +5 points of 5xx",
  "URL of 5 requests a window at 30 % 5xx",
  "a client of 20 requests a window at 100 % 404"
]

export const runIncidentSites = (log: Uint8Array, scale: Scale, say: (text: string) => void): Results => {
  const quiet: Array<QuietResult> = []
  for (let seed = 1; seed <= scale.seeds; seed++) {
    for (const site of [restlessSite(seed), ...families(seed, scale.days + scale.learntDays)]) {
      quiet.push(runQuiet(site, scale.learntDays, scale.days))
      say(`${site.name}: ${quiet.at(-1)!.opened} opened`)
    }
  }
  const beside = faultySites.map((name) => {
    const site = families(5, 30).find((s) => s.name === name)!
    say(`faults: ${name}`)
    return runBeside(site, planted, scale)
  })
  const stationary = families(6, 30)[0]!
  const contaminated = attacks.flatMap((name) =>
    scale.contaminations.map((share) => {
      say(`history attacked: ${name}, ${share}`)
      return runContaminated(stationary, planted.find((p) => p.name === name)!, share, 4, scale.trials)
    })
  )
  const outages = [restlessSite(7), ...families(7, 30).filter(({ name }) => name === "rhythm of day and week")].flatMap(
    (site) => {
      say(`outages: ${site.name}`)
      return runOutages({ ...site, requests: outageRequests }, scale.trials)
    }
  )
  const latency = latencySites(5).map((site) => {
    say(`request times: ${site.name}`)
    return runLatency(site, wholeLatencyScale)
  })
  return { quiet, beside, outages, contaminated, latency, real: realOf(log) }
}

const realOf = (log: Uint8Array): Results["real"] => {
  const windowMs = defaultSettings.windowMs
  const learner = new IncidentLearner(windowMs, 1)
  const texts = new KeyTexts()
  let [opened, firstMs, lastMs] = [0, Number.NaN, 0]
  const detection = new Detection({ ...defaultSettings, allowedLatenessMs: 3_600_000 }, thresholdsOf(firstThresholds), {
    origin: "file",
    hashSeed: 1,
    watcher: {
      decided: (window) => {
        if (Number.isNaN(firstMs)) firstMs = window.startMs
        lastMs = window.endMs
        for (const event of learner.window(panesOf(window, window.failures!, texts)))
          if (event.type === "opened") opened++
      }
    }
  })
  const lines = detection.ingestLines(log, 0, log.length, 1)
  detection.endOfFile()
  return { lines, days: (lastMs - firstMs) / 86_400_000, opened }
}
