import type { BesideResult } from "./beside.ts"
import type { ContaminatedResult } from "./contaminated.ts"
import type { LatencyResult } from "./latency.ts"
import { latencyMisses, latencySection } from "./latency-page.ts"
import { table } from "./markdown-table.ts"
import type { OutageResult } from "./outages.ts"
import { besideText } from "./page-beside.ts"
import type { QuietResult } from "./quiet.ts"
import { windowMs } from "./site.ts"

export interface Results {
  readonly quiet: ReadonlyArray<QuietResult>
  readonly beside: ReadonlyArray<BesideResult>
  readonly outages: ReadonlyArray<OutageResult>
  readonly contaminated: ReadonlyArray<ContaminatedResult>
  readonly latency: ReadonlyArray<LatencyResult>
  readonly real: { readonly lines: number; readonly days: number; readonly opened: number }
}

/** A point of a list in lines of at most 100 columns. */
const wrapped = (text: string): string => {
  const lines = [""]
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!
    if (line === "") lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= 100) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(`  ${word}`)
  }
  return lines.join("\n")
}

/** Goals that a result misses, one sentence each. */
export const missesOf = ({ quiet, beside, outages, contaminated, latency }: Results): ReadonlyArray<string> => [
  ...quiet
    .filter((q) => q.opened > Math.max(1, q.weeks))
    .map((q) => `${q.site}: ${q.opened} false incidents in ${q.weeks.toFixed(1)} weeks.`),
  ...beside.flatMap(({ site, results }) =>
    results.flatMap((r) => [
      ...(r.seen < r.trials ? [`${site}, ${r.name}: ${r.trials - r.seen} of ${r.trials} not seen.`] : []),
      ...(r.seen > 0 && r.meanDelay > mostTimes * Math.ceil(r.bound)
        ? [
            `${site}, ${r.name}: told after ${r.meanDelay.toFixed(1)} windows, ${(r.meanDelay / r.bound).toFixed(2)} times the bound (${(r.meanDelay / r.oracle).toFixed(2)} times the oracle).`
          ]
        : []),
      ...(r.firstRight < 0.9 * r.seen
        ? [
            `${site}, ${r.name}: the first cause named is right ${r.firstRight} of ${r.seen} times (later: ${r.lastRight}).`
          ]
        : [])
    ])
  ),
  ...outages
    .filter((o) => o.share >= 0.25 && o.withinAMinute < 0.9 * o.trials)
    .map(
      (o) =>
        `${o.site}, ${o.share * 100} % of the requests fail at ${o.hour} o'clock: ${o.withinAMinute} of ${o.trials} told within a minute.`
    ),
  ...contaminated
    .filter((c) => c.trial.seen < 0.95 * c.trial.trials && c.conservative.length === 0)
    .map(
      (c) =>
        `${c.trial.name} after a history of which ${c.share * 100}% was attacked: ${c.trial.seen} of ${c.trial.trials} seen, without a word.`
    ),
  ...latencyMisses(latency)
]

const mostTimes = 1.6

/** Of all planted faults: how many times as long as the bound it took, in the mean. */
const meanOf = (beside: Results["beside"], of: (r: BesideResult["results"][number]) => number): string => {
  const all = beside.flatMap(({ results }) => results.filter((r) => r.seen > 0).map(of))
  return (all.reduce((a, b) => a + b, 0) / all.length).toFixed(2)
}

const slowBurns = (beside: Results["beside"]): string =>
  beside
    .flatMap(({ site, results }) => {
      const slow = results.find(({ name }) => name === "all traffic +1 points of 5xx")
      return slow === undefined ? [] : [`${((slow.meanDelay * windowMs) / 60_000).toFixed(0)} minutes (${site})`]
    })
    .join(", ")

export const pageOf = (results: Results): string => {
  const { quiet, beside, outages, contaminated, latency, real } = results
  const misses = missesOf(results)
  const weeks = quiet.reduce((sum, q) => sum + q.weeks, 0)
  const opened = quiet.reduce((sum, q) => sum + q.opened, 0)
  return `# How incidents fare

For whoever wants to know what [incidents](decisions/0072-incidents.md) promise and where they fail.
\`npm run evaluate -- --incidents\` writes this page. Every window is judged by a model of the windows
before it; the budget is one false incident a week over all keys and kinds together. Windows are of
10 s.

## Failures first

${misses.length === 0 ? "None in what was tried." : misses.map((m) => wrapped(`- ${m}`)).join("\n")}

## False incidents on sites without any

${opened} in ${weeks.toFixed(0)} site-weeks. A step in the rates is told once for each class of errors that it changes, and
counts here as false. What tells of a time at which a quarter of the site's requests did fail over a
minute is not false, and counts as an outage of its own: the site of scanners and restarts has some.

${table(
  [
    "traffic",
    "first days",
    "later, false incidents",
    "weeks",
    "outages of its own",
    "of which",
    "conservative in",
    "µs a window"
  ],
  quiet.map((q) => [
    q.site,
    `${q.openedAtFirst} in ${q.learntDays}`,
    q.opened,
    q.weeks.toFixed(1),
    q.outages,
    [...q.openedBy].map(([family, n]) => `${family} ${n}`).join(", ") || "–",
    q.conservative.join(", ") || "–",
    q.microsecondsAWindow.toFixed(0)
  ])
)}
## Planted faults

Delays in windows, the telling one included. The bound is Lorden's, log(run length × keys)/KL, for
one false incident a week; the oracle is a CUSUM that knows the key, the rate before and the rate
after, at the same number of false incidents. An incident is told at the end of a window, so no
fault can take less than one, and what the bound has as 1.1 takes two at times; the oracle counts as
we do.

${wrapped(`- Mean over all rows: ${meanOf(beside, (r) => r.meanDelay / r.bound)} times the bound, ${meanOf(beside, (r) => r.meanDelay / Math.ceil(r.bound))} times the bound in whole windows, ${meanOf(beside, (r) => r.meanDelay / r.oracle)} times the oracle.`)}
${wrapped(`- One point more of 5xx, at one false incident a week, is told after ${slowBurns(beside)}.`)}

${beside
  .map(
    ({ site, results: of }) =>
      `### ${site}\n\n${table(
        [
          "fault",
          "seen",
          "delay",
          "bound",
          "× bound",
          "oracle",
          "× oracle",
          "first cause right",
          "last cause right",
          "incidents a fault"
        ],
        of.map((r) => [
          r.name,
          `${r.seen}/${r.trials}`,
          r.seen === 0 ? "–" : r.meanDelay.toFixed(1),
          r.bound.toFixed(1),
          (r.meanDelay / r.bound).toFixed(2),
          r.oracle.toFixed(1),
          (r.meanDelay / r.oracle).toFixed(2),
          `${r.firstRight}/${r.seen}`,
          `${r.lastRight}/${r.seen}`,
          r.opened.toFixed(2)
        ])
      )}`
  )
  .join("\n")}
${besideText(beside)}
## Outages in part

A share of all requests fails with 5xx, by night and by day. A quarter is promised within a minute
or so where there are ten requests a window.

${table(
  ["traffic", "hour", "requests a window", "share that fails", "seen", "mean delay", "within a minute"],
  outages.map((o) => [
    o.site,
    `${o.hour}:00`,
    o.requests.toFixed(0),
    `${o.share * 100} %`,
    `${o.seen}/${o.trials}`,
    o.seen === 0 ? "–" : `${((o.meanDelay * windowMs) / 1000).toFixed(0)} s`,
    `${o.withinAMinute}/${o.trials}`
  ])
)}
## Histories that were attacked

A history that holds attacks is taken for how the site is, so the same attack may go untold. It does
so with a word: the model calls the kinds of evidence in the last column \`conservative\`, and
\`thresholds\` names them whenever it learns.

${table(
  ["attack", "share of history", "told a day in the history", "seen", "delay", "conservative in"],
  contaminated.map((c) => [
    c.trial.name,
    `${c.share * 100}%`,
    c.toldADay.toFixed(1),
    `${c.trial.seen}/${c.trial.trials}`,
    c.trial.seen === 0 ? "–" : c.trial.meanDelay.toFixed(1),
    c.conservative.join(", ") || "–"
  ])
)}
${latencySection(latency)}
## A real log

testdata/elastic-apache-10k.log, ${real.lines.toLocaleString("en")} lines in ${real.days.toFixed(1)} days: ${real.opened} ${real.opened === 1 ? "incident" : "incidents"}
(20 global alerts by the fixed threshold).
`
}
