import { buckets, type DefaultDimension, defaultDimensions, rateOf, refusalText } from "@chaussettes/domain"
import type { CleanResult } from "./clean.ts"
import type { IncidentResult } from "./incidents.ts"
import { brokenInIncidents, brokenOnClean, type Low, lows, slow } from "./promises.ts"
import type { RealResult } from "./real-log.ts"
import { intervalOf, shareOf, type Tally } from "./tally.ts"

const percent = (share: number): string => (share * 100).toFixed(share >= 0.0995 ? 1 : 2)

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [row(head), row(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(row)].join("\n")

const least: { readonly [dimension in DefaultDimension]: string } = { global: "1", ip: "5", url: "3" }

const overallCells = (tally: Tally): ReadonlyArray<string> =>
  defaultDimensions.map((d) => {
    const share = tally.overall()[d]
    const { low, high } = intervalOf(share)
    return `${percent(shareOf(share))} (${percent(low)}–${percent(high)})`
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
                share.panes < 200 ? (share.panes === 0 ? "" : `(${share.panes} panes)`) : percent(shareOf(share))
              )
          ])
    )
  )

/** The ways that were tried, on the sites where they were. */
const waysTable = (results: ReadonlyArray<CleanResult>): string =>
  table(
    ["site and dimension", "way", ...buckets.slice(1).map((b) => b.name)],
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
                .map((share) => (share.panes < 200 ? "" : percent(shareOf(share))))
            ])
        )
      )
  )

const listOf = (items: ReadonlyArray<string>): string =>
  items.length === 0 ? "Nothing." : items.map((item) => `- ${item}`).join("\n")

const lowTable = (found: ReadonlyArray<Low>): string =>
  table(
    ["site", "dimension", "requests", "alerts %", "with one error fewer %"],
    found.map((low) => [low.site, low.dimension, low.bucket ?? "all", percent(low.share), percent(low.nextStep)])
  )

const incidentTable = (results: ReadonlyArray<IncidentResult>): string => {
  const blocks: Array<string> = []
  for (const attack of new Set(results.map((r) => r.attack))) {
    const rows = results
      .filter((r) => r.attack === attack)
      .flatMap((r) => {
        const head = [percent(r.errorRate), percent(r.contamination)]
        const first = r.refusal === undefined ? [] : [[...head, "calibrated", "refused", "", "", ""]]
        return [
          ...first,
          ...r.seen.map((s) => [
            ...head,
            s.method,
            `${s.seen} of ${s.incidents}`,
            s.seen === 0 ? "" : s.meanDelay.toFixed(2),
            s.seen === 0 ? "" : `${s.delay95}`,
            percent(s.precision)
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
          "delay of 95 %",
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
            ? `a seuil that tends to ${rateOf(c.seuil)}, checked on ${c.figures.checked.panes} panes`
            : `none, ${refusalText(c.refusal)}`
        }`
      })
      return [
        `### ${windowMs / 1000}-second windows: ${windows[0]} learnt from, ${windows[1]} counted, of ${lines} lines`,
        said.join("\n"),
        table(
          ["method", ...defaultDimensions.map((d) => `${d} (${least[d]}+ requests)`)],
          tallies.map((t) => [
            t.rule.name,
            ...defaultDimensions.map((d) => {
              const share = t.overall()[d]
              return `${share.alerts} of ${share.panes} = ${percent(shareOf(share))}`
            })
          ])
        )
      ].join("\n\n")
    })
    .join("\n\n")

export interface Evaluation {
  readonly clean: ReadonlyArray<CleanResult>
  readonly incidents: ReadonlyArray<IncidentResult>
  readonly real: ReadonlyArray<RealResult>
}

export const markdownOf = ({ clean, incidents, real }: Evaluation): string => {
  const lowBuckets = lows(clean, "bucket")
  return `# How well the thresholds keep their promise

This page is made by \`npm run evaluate\` (seeded; the same figures every time). The promise of the method \`calibrated\`: of
clean traffic at most 1 % of the eligible panes alerts, whatever the number of requests, and a real incident is seen.
[thresholds.md](thresholds.md) says how it works, [ADR 0020](decisions/0020-calibrated-thresholds.md) why it was chosen.

A *pane* is one key in one window; it is *eligible* with at least 1 request globally, 5 for an IP, 3 for a URL. All figures
are per cent of the eligible panes of days that were not learnt from, with their 99 % intervals as if panes were independent.
On 10-second windows 1 % means 86 global alerts a day.

![Alert rate of clean traffic by number of requests](evaluation.svg)

## What was promised and is not so

Promised are, of clean traffic, alerts on 0.5 to 1.5 % of the panes of each dimension and on no more than 2 % in any bucket; and that after
a history of which up to 5 % was attacked 95 of 100 incidents are seen, within two windows on the average, that after 10 % it is so or nothing is published, and
that after 30 % nothing is published. Not so:

${listOf([...brokenOnClean(clean), ...brokenInIncidents(incidents)])}

Fewer alerts overall than 0.5 %, since one error fewer would be too many where most of its panes are:

${lowTable(lows(clean, "dimension").filter((low) => low.coarse))}

Incidents that are seen within two windows on the average, but not nineteen in twenty of them:

${listOf(slow(incidents))}

## Clean traffic

Sites are simulated: popularity by Zipf's law, base error rates of keys beta distributed about the mean (correlation 0.03),
each pane's rate again about its key's (0.01), all keys together up and down (0.1 in the logarithm of the odds), and a daily
rhythm of traffic from half to one and a half times the mean. The small site has 300 requests in 10 seconds, 200 IPs and
60 URLs; the large one 7,000, 160 and 60.

${cleanTables(clean)}

## By number of requests

The same days under \`calibrated\`, per cent of the eligible panes of each bucket. Buckets of fewer than 200 panes say how many.

${bucketTable(clean)}

Below half of the target for want of a step between: one error fewer at these numbers of requests, and more than the target
alerts.

${lowTable(lowBuckets.filter((low) => low.coarse))}

Below it because popular keys fail less than the others. All keys of a dimension share one table, in which more requests never ask for
fewer errors, so that a request that went well never raises an alert; and where only a few keys have so many requests, its level is
raised to eight times the target at most. A key that is alone with its number of requests and better than the rest is therefore judged
by the rest. It could be judged by itself, but not the next one that becomes as popular: [ADR 0020](decisions/0020-calibrated-thresholds.md) has
the figures.

${lowTable(lowBuckets.filter((low) => !low.coarse))}

The other ways that were tried, each set so that 1 % of the same panes of history alerts: overall they keep that, by number of
requests they do not.

${waysTable(clean)}

## Incidents

The small site, its traffic 20 % up and down over a day, with incidents of ten minutes spliced into every other ten minutes of a later day, after histories of which
0 to 30 % of the windows were attacked the same way. An incident is seen when its key alerts in it; the delay is the number
of windows until then; precision is the share of the dimension's alerts that were the incident's key.

${incidentTable(incidents)}

## Real logs

\`elastic-apache-10k.log\` (elastic/examples, Apache-2.0): 10,000 lines of May 2015, only 84 minutes of them with any traffic. Learnt from
the first half of its windows, counted in the second. It is unlabelled: nobody knows which of these alerts are right. Half of it
is less history than the method asks for, so nothing would be published from it; the second row shows what it would have come
to if a tenth of that were enough.

${realTable(real)}
`
}
