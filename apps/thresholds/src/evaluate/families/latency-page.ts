import type { LatencyResult } from "./latency.ts"

const row = (cells: ReadonlyArray<string | number>): string => `| ${cells.join(" | ")} |\n`
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string | number>>): string =>
  row(head) + row(head.map(() => "---")) + rows.map(row).join("")

/** Twice the usual request time of a site of sixty requests a window has to be told within so many windows. */
const mostDelay = 3
const twice = "all traffic × 2"

/** Goals that a result misses, one sentence each. */
export const latencyMisses = (results: ReadonlyArray<LatencyResult>): ReadonlyArray<string> =>
  results.flatMap(({ site, opened, weeks, trials }) => [
    ...(opened > Math.max(1, weeks)
      ? [`${site}: ${opened} false incidents of latency in ${weeks.toFixed(1)} weeks.`]
      : []),
    ...trials.flatMap((t) => [
      ...(t.seen < t.trials ? [`${site}, ${t.name}: ${t.trials - t.seen} of ${t.trials} not seen in 20 minutes.`] : []),
      ...(t.name === twice && t.seen > 0 && t.meanDelay > mostDelay
        ? [`${site}, ${t.name}: told after ${t.meanDelay.toFixed(1)} windows.`]
        : []),
      ...(t.firstRight < 0.9 * t.seen
        ? [
            `${site}, ${t.name}: the first cause named is right ${t.firstRight} of ${t.seen} times (later: ${t.lastRight}).`
          ]
        : [])
    ])
  ])

/** The section on request times. */
export const latencySection = (results: ReadonlyArray<LatencyResult>): string => `## Request times

Sites whose log says how long requests took: lognormal, each URL with a median and a deviation of
its own, and one request in a hundred ten times as long. Then all of it, or some URLs, take longer.
The bound knows the URLs, the distributions and the factor.

${table(
  ["traffic", "first days, false incidents of latency", "later", "weeks"],
  results.map((r) => [r.site, r.openedAtFirst, r.opened, r.weeks.toFixed(1)])
)}
${results
  .map(
    ({ site, trials }) =>
      `### Slower: ${site}\n\n${table(
        ["what", "seen", "delay", "bound", "× bound", "first cause right", "last cause right", "incidents"],
        trials.map((t) => [
          t.name,
          `${t.seen}/${t.trials}`,
          t.seen === 0 ? "–" : t.meanDelay.toFixed(1),
          t.bound.toFixed(1),
          t.seen === 0 ? "–" : (t.meanDelay / t.bound).toFixed(2),
          `${t.firstRight}/${t.seen}`,
          `${t.lastRight}/${t.seen}`,
          t.opened.toFixed(2)
        ])
      )}`
  )
  .join("\n")}`
