import { type DefaultDimension, defaultDimensions } from "@chaussettes/domain"
import { table } from "./families/markdown-table.ts"
import { brokenIn, type Delays, type TrafficResult, unforeseen } from "./traffic.ts"

const percent = (share: number): string => (share * 100).toFixed(2)

/** What of other traffic alerts more than it should, one sentence each. */
const exceededOnTraffic = (results: ReadonlyArray<TrafficResult>): ReadonlyArray<string> =>
  results.flatMap((result) =>
    brokenIn(result).map((d) => {
      const { share, told, worst } = result.by[d]
      return `${result.traffic}, ${d}: ${percent(share)}% alert, ${percent(worst)}% in the worst quarter of a day, and ${percent(told)}% were told`
    })
  )

/** What of it is promised. */
export const brokenOnTraffic = (results: ReadonlyArray<TrafficResult>): ReadonlyArray<string> =>
  exceededOnTraffic(results.filter(({ traffic }) => traffic !== unforeseen))

/** Where fewer are seen within ten minutes, that is told first. */
const leastSeen = 0.9

const blindOnTraffic = (results: ReadonlyArray<TrafficResult>): ReadonlyArray<string> =>
  results.flatMap(({ traffic, refusal, by, outage, url }) =>
    (
      [
        ["global", "outages of five points", outage],
        ["url", "URLs at 30%", url]
      ] as const
    ).flatMap(([d, what, { seen, trials }]) =>
      refusal !== undefined || by[d].refused !== undefined || seen >= leastSeen * trials
        ? []
        : [`${traffic}: ${seen} of ${trials} ${what}${by[d].sees < 0.5 ? "; the command says that it cannot see" : ""}`]
    )
  )

const cells = (result: TrafficResult, d: DefaultDimension): string => {
  const { byHour, refused, share, told, worst } = result.by[d]
  if (result.refusal !== undefined || refused !== undefined) return "–"
  return `${percent(share)}, ${percent(worst)}, ${percent(told)}${byHour ? " ◷" : ""}`
}

const delayCells = (result: TrafficResult, d: DefaultDimension, delays: Delays): ReadonlyArray<string> =>
  result.refusal !== undefined || result.by[d].refused !== undefined
    ? ["–", "–"]
    : [`${delays.withinTwo}, ${delays.seen} of ${delays.trials}`, delays.mean.toFixed(1)]

const listOf = (items: ReadonlyArray<string>): string =>
  items.length === 0 ? "None." : items.map((item) => `- ${item}`).join("\n")

export const trafficSection = (results: ReadonlyArray<TrafficResult>): string => {
  const refused = results.flatMap(({ traffic, refusal, by }) =>
    refusal === undefined
      ? defaultDimensions.flatMap((d) => (by[d].refused === undefined ? [] : [`${traffic}, ${d}: ${by[d].refused}`]))
      : [`${traffic}, nothing is published: ${refusal}`]
  )
  return `## Other traffic

Sites whose traffic is not made by the model that is fitted to it: rates of URLs, clients that ask
for them, hours, bots, steps and attacks of their own
([the same as for incidents](evaluation-incidents.md)). Twelve days are learned from; the thresholds
judge the four days after them, two of which are a weekend.

Of each dimension the table has three figures, in percent: the panes without an attack that alert;
those in the worst quarter of a day, weekdays and weekends apart; and the share that the command
said would alert, when it learned the thresholds, if what it took for incidents were none. ◷ marks
thresholds that tell hours apart.

Every twenty minutes an attack of ten is inserted, in turn an outage (five points more of all
requests fail) and a URL that fails for 30% of its requests, five a window on most of these sites.
The table has how many are seen within two windows and within the ten minutes, and the mean delay,
in which one that is not seen counts as 60 windows.

What alerts more than one and a half times what is promised or told, or three times in the worst
quarter:

${listOf(exceededOnTraffic(results))}

A change after the history was read (“${unforeseen}”) is learned by the next publication, or refused
until the history covers it.

Of which fewer than nine in ten are seen within ten minutes, where a threshold is published:

${listOf(blindOnTraffic(results))}

Not published:

${listOf(refused)}

${table(
  ["traffic", ...defaultDimensions, "outage: within 2, 60 windows", "delay", "URL: within 2, 60", "delay"],
  results.map((result) => [
    result.traffic,
    ...defaultDimensions.map((d) => cells(result, d)),
    ...delayCells(result, "global", result.outage),
    ...delayCells(result, "url", result.url)
  ])
).trimEnd()}`
}
