import { createHash } from "node:crypto"
import { buckets, type DefaultDimension, defaultDimensions, rateOf, refusalText } from "@chaussettes/domain"
import type { CleanResult } from "./clean.ts"
import type { IncidentResult } from "./incidents.ts"
import { brokenInIncidents, brokenOnClean, type Low, lows, slow } from "./promises.ts"
import type { RealResult } from "./real-log.ts"
import { intervalOf, shareOf, type Tally } from "./tally.ts"
import type { TrafficResult } from "./traffic.ts"
import { brokenOnTraffic, trafficSection } from "./traffic-page.ts"

const inHundred = (share: number): string => (share * 100).toFixed(share >= 0.0995 ? 1 : 2)

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [row(head), row(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(row)].join("\n")

const least: { readonly [dimension in DefaultDimension]: string } = { global: "1", ip: "5", url: "3" }

const overallCells = (tally: Tally): ReadonlyArray<string> =>
  defaultDimensions.map((d) => {
    const share = tally.overall()[d]
    const { low, high } = intervalOf(share)
    return `${inHundred(shareOf(share))} (${inHundred(low)}–${inHundred(high)})`
  })

const cleanTables = (results: ReadonlyArray<CleanResult>): string =>
  results
    .map(({ of, calibrated, tallies }) => {
      const refusal =
        calibrated.refusal === undefined
          ? ""
          : `\n\nNot published: ${calibrated.refusal.dimension}, ${refusalText(calibrated.refusal.refusal)}.`
      return `### ${of.name}\n\n${table(
        ["method", ...defaultDimensions],
        tallies.map((t) => [t.rule.name, ...overallCells(t)])
      )}${refusal}`
    })
    .join("\n\n")

const bucketTable = (results: ReadonlyArray<CleanResult>): string =>
  table(
    ["site", "dimension", ...buckets.slice(1).map((b) => b.name)],
    results.flatMap(({ of, tallies, calibrated }) =>
      calibrated.rule === undefined
        ? []
        : defaultDimensions.map((d) => [
            of.name,
            d,
            ...tallies[0]!
              .byBucket(d)
              .slice(1)
              .map((share) =>
                share.panes < 200 ? (share.panes === 0 ? "" : `(${share.panes} panes)`) : inHundred(shareOf(share))
              )
          ])
    )
  )

/** The ways that were tried, on the sites where they were. */
const waysTable = (results: ReadonlyArray<CleanResult>): string =>
  table(
    ["site and dimension", "method", ...buckets.slice(1).map((b) => b.name)],
    results
      .filter(({ of }) => of.withCandidates)
      .flatMap(({ of, tallies }) =>
        (["ip", "url"] as const).flatMap((d) =>
          tallies
            .filter(({ rule }) => !rule.name.startsWith("fixed") && rule.name !== "percentile_99")
            .map((tally) => [
              `${of.name}, ${d}`,
              tally.rule.name,
              ...tally
                .byBucket(d)
                .slice(1)
                .map((share) => (share.panes < 200 ? "" : inHundred(shareOf(share))))
            ])
        )
      )
  )

const listOf = (items: ReadonlyArray<string>): string =>
  items.length === 0 ? "None." : items.map((item) => `- ${item}`).join("\n")

const lowTable = (found: ReadonlyArray<Low>): string =>
  table(
    ["site", "dimension", "requests", "alerts %", "with one error fewer %"],
    found.map((low) => [low.site, low.dimension, low.bucket ?? "all", inHundred(low.share), inHundred(low.nextStep)])
  )

const incidentTable = (results: ReadonlyArray<IncidentResult>): string => {
  const blocks: Array<string> = []
  for (const attack of new Set(results.map((r) => r.attack))) {
    const rows = results
      .filter((r) => r.attack === attack)
      .flatMap((r) => {
        const head = [inHundred(r.errorRate), inHundred(r.contamination)]
        const first = r.refusal === undefined ? [] : [[...head, "calibrated", "refused", "", "", ""]]
        return [
          ...first,
          ...r.seen.map((s) => [
            ...head,
            s.method,
            `${s.seen} of ${s.incidents}`,
            s.meanDelay.toFixed(2),
            s.delay95 === Number.POSITIVE_INFINITY ? "not seen" : `${s.delay95}`,
            inHundred(s.precision)
          ])
        ]
      })
      // What history does not change is told once.
      .filter(([, contamination, method]) => method !== "fixed 0.1 / 0.3 / 0.5" || contamination === "0.00")
    blocks.push(
      `### ${attack[0]!.toUpperCase()}${attack.slice(1)}\n\n${table(
        [
          "base errors %",
          "history attacked %",
          "method",
          "incidents seen",
          "mean delay",
          "delay of 95%",
          "precision %"
        ],
        rows
      )}`
    )
  }
  return blocks.join("\n\n")
}

const realTable = (results: ReadonlyArray<RealResult>): string =>
  results
    .map(({ windowMs, lines, windows, calibrated, tallies }) => {
      const said = defaultDimensions.map((d) => {
        const c = calibrated.calibrations[d]
        return `- ${d}: ${
          c._tag === "Calibrated"
            ? `a threshold that tends to ${rateOf(c.threshold)}, checked on ${c.figures.checked.panes} panes`
            : `none, ${refusalText(c.refusal)}`
        }`
      })
      return [
        `### ${windowMs / 1000}-second windows: ${windows[0]} learned from, ${windows[1]} counted, of ${lines} lines`,
        said.join("\n"),
        table(
          ["method", ...defaultDimensions.map((d) => `${d} (${least[d]}+ requests)`)],
          tallies.map((t) => [
            t.rule.name,
            ...defaultDimensions.map((d) => {
              const share = t.overall()[d]
              return `${share.alerts} of ${share.panes} = ${inHundred(shareOf(share))}`
            })
          ])
        )
      ].join("\n\n")
    })
    .join("\n\n")

export interface Evaluation {
  readonly traffic: ReadonlyArray<TrafficResult>
  readonly clean: ReadonlyArray<CleanResult>
  readonly incidents: ReadonlyArray<IncidentResult>
  readonly real: ReadonlyArray<RealResult>
}

/** Changes with every figure and word of the page, so that one that was changed by hand is noticed. */
export const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex")

/** The page, and behind it its own digest. */
export const markdownOf = (evaluation: Evaluation): string => {
  const text = textOf(evaluation)
  return `${text}\n<!-- written by npm run evaluate, ${digestOf(text)} -->\n`
}

const textOf = ({ clean, incidents, real, traffic }: Evaluation): string => {
  const lowBuckets = lows(clean, "bucket")
  return `# How well the thresholds keep their promise

For operators who want to know how often the learned thresholds alert without cause, and whether
they see a real incident. After reading this page you can judge whether the method \`calibrated\`
suits your traffic, and how it compares with the others.

The promise of \`calibrated\`: of clean traffic at most 1% of the eligible panes alerts, whatever the
number of requests, and a real incident is seen. [thresholds.md](thresholds.md) says how the method
works, [ADR 0020](decisions/0020-calibrated-thresholds.md) why it was chosen.

A *pane* is one key in one window. It is *eligible* with at least 1 request globally, 5 for an IP, 3
for a URL. With 10-second windows, 1% is 86 global alerts a day.

All figures are percentages of the eligible panes of days that the method did not learn from, with
99% intervals that assume independent panes. \`npm run evaluate\` writes this page. It is seeded, so
the figures are the same every time.

![Alert rate of clean traffic by number of requests](evaluation.svg)

## Broken promises

\`npm run evaluate\` checks four promises and fails if one is broken:

- Of clean traffic, 0.5% to 1.5% of the panes of each dimension alert, and no more than 2% in any
  bucket.
- After a history of which up to 5% was attacked, 95 of 100 incidents are seen, within two windows
  on average. After 10% the same holds, or nothing is published.
- After a history of which 30% was attacked, nothing is published.
- On [other traffic](#other-traffic), no more alerts than promised, or than the command said it would
  raise.

Broken:

${listOf([...brokenOnClean(clean), ...brokenInIncidents(incidents), ...brokenOnTraffic(traffic)])}

Fewer alerts overall than 0.5%, because no step lies between: with one error fewer at the numbers of
requests that most panes have, more than the target would alert.

${lowTable(lows(clean, "dimension").filter((low) => low.coarse))}

Incidents seen within two windows on average, but of which fewer than nineteen in twenty are seen
that soon:

${listOf(slow(incidents))}

## Clean traffic

The sites are simulated. The popularity of keys follows Zipf's law. The base error rates of keys are
beta distributed about the mean (correlation 0.03), and each pane's rate about its key's (0.01). The
rates of all keys rise and fall together (0.1 in the logarithm of the odds). Traffic has a daily
rhythm, from half to one and a half times the mean.

The small site has 300 requests in 10 seconds, 200 IPs and 60 URLs; the large one 7,000, 160 and 60.

${cleanTables(clean)}

## By number of requests

The same days under \`calibrated\`, as percentages of the eligible panes of each bucket. For a bucket
of fewer than 200 panes the table gives their number instead.

${bucketTable(clean)}

Below half of the target, because no step lies between: with one error fewer at these numbers of
requests, more than the target would alert.

${lowTable(lowBuckets.filter((low) => low.coarse))}

Below half of the target, because popular keys fail less than the others. All keys of a dimension
share one table. In it more requests never call for fewer errors, so a successful request never
raises an alert. Where only a few keys have this many requests, the level is raised to at most eight
times the target.

A key that is alone at its number of requests and better than the rest is therefore judged by the
rest. It could be judged by itself, but not the next key that becomes as popular: [ADR
0020](decisions/0020-calibrated-thresholds.md) has the figures.

${lowTable(lowBuckets.filter((low) => !low.coarse))}

The other methods that were tried, each set so that 1% of the same panes of history alerts. Overall
they keep to that; by number of requests they do not.

${waysTable(clean)}

## Incidents

The small site, with traffic 20% up and down over a day. Incidents of ten minutes are inserted into
every other ten minutes of a later day. The thresholds are learned from histories of which 0% to 30%
of the windows were attacked in the same way.

An incident is seen when its key alerts within the ten minutes, or 60 windows, that it lasts. The
delay is the number of windows until then, 60 for an incident that is not seen. Precision is the
share of the dimension's alerts that were for the incident's key.

${incidentTable(incidents)}

${trafficSection(traffic)}

## Real logs

\`elastic-apache-10k.log\` (elastic/examples, Apache-2.0) holds 10,000 lines of May 2015, with traffic
in only 84 minutes. The thresholds are learned from the first half of its windows and counted on the
second. The log is unlabelled: nobody knows which of these alerts are right.

Half of the log is less history than the method requires, so nothing would be published from it. The
second row shows the result if a tenth of the required history were enough.

${realTable(real)}
`
}
