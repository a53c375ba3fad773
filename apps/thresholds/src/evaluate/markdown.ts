import { buckets, type Dimension, dimensions, rateOf, refusalText } from "@chaussettes/domain"
import type { CleanResult } from "./clean.ts"
import type { IncidentResult } from "./incidents.ts"
import type { RealResult } from "./real-log.ts"
import { intervalOf, shareOf, type Tally } from "./tally.ts"

const percent = (share: number): string => (share * 100).toFixed(share >= 0.0995 ? 1 : 2)

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [row(head), row(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(row)].join("\n")

const least: { readonly [dimension in Dimension]: string } = { global: "1", ip: "5", url: "3" }

const overallCells = (tally: Tally): ReadonlyArray<string> =>
  dimensions.map((d) => {
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
        ["method", ...dimensions],
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
        : dimensions.map((d) => [
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

/** Buckets whose share is below half of the target, which the steps of so few requests leave no way to reach. */
const coarse = (results: ReadonlyArray<CleanResult>): string => {
  const found = results.flatMap(({ of, tallies, calibrated }) =>
    calibrated.rule === undefined
      ? []
      : dimensions.flatMap((d) =>
          tallies[0]!
            .byBucket(d)
            .filter((share) => share.panes >= 2_000 && shareOf(share) < 0.005)
            .map((share) => `${of.name}, ${d}, ${share.bucket} requests (${percent(shareOf(share))} %)`)
        )
  )
  return found.length === 0 ? "There is none." : found.map((f) => `- ${f}`).join("\n")
}

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
      const said = dimensions.map((d) => {
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
          ["method", ...dimensions.map((d) => `${d} (${least[d]}+ requests)`)],
          tallies.map((t) => [
            t.rule.name,
            ...dimensions.map((d) => {
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

export const markdownOf = ({
  clean,
  incidents,
  real
}: Evaluation): string => `# How well the thresholds keep their promise

This page is made by \`npm run evaluate\` (seeded; the same figures every time). The promise of the method \`calibrated\`: of
clean traffic at most 1 % of the eligible panes alerts, whatever the number of requests, and a real incident is seen.
[thresholds.md](thresholds.md) says how it works, [ADR 0020](decisions/0020-calibrated-thresholds.md) why it was chosen.

A *pane* is one key in one window; it is *eligible* with at least 1 request globally, 5 for an IP, 3 for a URL. All figures
are per cent of the eligible panes of days that were not learnt from, with their 99 % intervals as if panes were independent.
On 10-second windows 1 % means 86 global alerts a day.

![Alert rate of clean traffic by number of requests](evaluation.svg)

## Clean traffic

Sites are simulated: popularity by Zipf's law, base error rates of keys beta distributed about the mean (correlation 0.03),
each pane's rate again about its key's (0.01), all keys together up and down (0.1 in the logarithm of the odds), and a daily
rhythm of traffic from half to one and a half times the mean. The small site has 300 requests in 10 seconds, 200 IPs and
60 URLs; the large one 7,000, 160 and 60.

${cleanTables(clean)}

## By number of requests

The same days under \`calibrated\`, per cent of the eligible panes of each bucket. Buckets of fewer than 200 panes say how many.

${bucketTable(clean)}

Where the steps of so few requests, or a handful of popular keys, do not let the rate come near the target (below 0.5 %):

${coarse(clean)}

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
