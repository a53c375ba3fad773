import type { BesideResult, BesideTrial } from "./beside.ts"
import { table } from "./markdown-table.ts"

const cellOf = ({ seen, trials, meanDelay }: BesideTrial): string =>
  seen === 0 ? "–" : `${meanDelay.toFixed(1)}${seen < trials ? ` (${seen} of ${trials})` : ""}`

/** Incidents beside other ways to tell an operator, on the same windows. */
export const besideText = (results: ReadonlyArray<BesideResult>): string => `## Beside other methods

The same windows for all: a week to learn from, the planted faults behind it, and a second week
without any. Delays are in windows, the mean of what was seen; in brackets how many were seen, where
not all were. An alarm of the other methods counts whatever it names, so those with many false ones
see much by luck.

- *oracle*: knows the key and both rates, with one false alarm a week.
- *burn rates*: the pages of the SRE workbook (14.4 times the allowed rate over an hour and five
  minutes, 6 times over six hours and 30 minutes) on the 5xx of all traffic, with the strictest
  objective that the first week would have been paged for once.
- *tables, 1 %*: the thresholds of \`calibrated\`, or the fixed ones where they are refused. These
  and the next two judge each window alone; consecutive alerts of a key are one alarm.
- *percentile_99* and *fixed* (0.1, 0.3, 0.5): see [thresholds.md](thresholds.md).

![False alarms a week against the windows until a fault is told](evaluation-incidents.svg)

${results
  .map(
    ({ site, methods }) =>
      `### ${site}, all methods\n\n${table(
        ["fault", ...methods.map(({ name }) => name)],
        [
          [
            "**false alarms a week**",
            ...methods.map(({ name, falseWeekly }) =>
              name === "oracle" ? "1" : falseWeekly.toLocaleString("en", { maximumFractionDigits: 1 })
            )
          ],
          ...methods[0]!.trials.map(({ fault }, i) => [fault, ...methods.map(({ trials }) => cellOf(trials[i]!))])
        ]
      )}`
  )
  .join("\n")}`
