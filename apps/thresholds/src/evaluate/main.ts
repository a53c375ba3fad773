import { readFile, writeFile } from "node:fs/promises"
import { cleanCases, errorRates, runClean } from "./clean.ts"
import { missesOf, pageOf } from "./families/page.ts"
import { plotBeside } from "./families/plot-beside.ts"
import { runIncidentSites, wholeScale } from "./families/run.ts"
import { contaminations, runIncidents } from "./incidents.ts"
import { markdownOf } from "./markdown.ts"
import { plotOf } from "./plot.ts"
import { brokenInIncidents, brokenOnClean } from "./promises.ts"
import { runReal } from "./real-log.ts"
import { runTraffic, trafficCases, trafficScale } from "./traffic.ts"
import { brokenOnTraffic } from "./traffic-page.ts"

/** Makes docs/evaluation.md and its plot; fails where a promise is broken. Progress goes to stderr. */
const root = new URL("../../../../", import.meta.url)
const startedMs = performance.now()
const say = (text: string) =>
  process.stderr.write(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s  ${text}\n`)

if (process.argv.includes("--incidents")) await evaluateIncidents()
else await evaluateThresholds()

async function evaluateIncidents(): Promise<void> {
  const log = await readFile(new URL("testdata/elastic-apache-10k.log", root))
  const results = runIncidentSites(log, wholeScale, say)
  await writeFile(new URL("docs/evaluation-incidents.md", root), pageOf(results))
  await writeFile(new URL("docs/evaluation-incidents.svg", root), plotBeside(results.beside))
  say("written: docs/evaluation-incidents.md, docs/evaluation-incidents.svg")
  for (const miss of missesOf(results)) say(`not as promised: ${miss}`)
}

async function evaluateThresholds(): Promise<void> {
  const clean = cleanCases(1).map((of) => {
    say(`clean: ${of.name}`)
    return runClean(of)
  })
  const incidents = errorRates.flatMap((errorRate, i) => {
    say(`incidents at ${errorRate * 100} % errors`)
    return runIncidents({ errorRate, seed: 3 + i, historyDays: 2, judgedDays: 1, contaminations })
  })
  const traffic = trafficCases(7, trafficScale).map(({ site, faultAt }) => {
    say(`other traffic: ${site.name}`)
    return runTraffic(site, trafficScale, faultAt)
  })
  say("real log")
  const log = await readFile(new URL("testdata/elastic-apache-10k.log", root))
  const real = [10_000, 60_000].map((windowMs) => runReal(log, windowMs))
  await writeFile(new URL("docs/evaluation.md", root), markdownOf({ clean, incidents, real, traffic }))
  await writeFile(new URL("docs/evaluation.svg", root), plotOf(clean))
  say("written: docs/evaluation.md, docs/evaluation.svg")
  const broken = [...brokenOnClean(clean), ...brokenInIncidents(incidents), ...brokenOnTraffic(traffic)]
  for (const promise of broken) say(`not as promised: ${promise}`)
  if (broken.length > 0) process.exitCode = 1
}
