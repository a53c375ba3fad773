import { monthLog } from "../support/data.ts"
import { command, task } from "../support/program.ts"
import { fill, openSite } from "../support/site.ts"
import { interleaved, type Row } from "./row.ts"

/** Three days of a month of a hundred million lines: what reads LOGS is linear in it (`growth`). */
const wholeLines = 10_000_000
const quickLines = 1_000_000
/** A hundred million of them in a minute. */
const goal = 100_000_000 / 60

interface Answer {
  readonly by: string
  readonly as_tried: { readonly incidents: number }
}

/** The incidents decided once more by all lines, as a larger budget needs it; what was stored answers for a smaller one. */
export const whatIf: Row = {
  id: "what-if-incidents",
  what: "incidents what-if by the lines of LOGS, 385 lines a window, from exec to exit",
  against: "reading the same messages and nothing else",
  goal: { of: "ours", atLeast: Math.round(goal) },
  quick: false,
  measure: async ({ quick }) => {
    const lines = quick ? quickLines : wholeLines
    const site = await openSite()
    try {
      await fill(site, await monthLog(lines), 50)
      await command(site.url, "detect", "--until-caught-up", "--json")
      const ask = async (...how: ReadonlyArray<string>) => {
        const { stdout, ms } = await command(site.url, "incidents", "what-if", ...how, "--json")
        return { answer: JSON.parse(stdout) as Answer, ms }
      }
      const stored = await ask("--budget", "0.2")
      if (stored.answer.by !== "evidence") throw new Error(`answered by the ${stored.answer.by}`)
      let incidents = 0
      const seen = await interleaved(
        3,
        async () => {
          const { answer, ms } = await ask("--budget", "5", "--lines")
          if (answer.by !== "lines") throw new Error(`answered by the ${answer.by}`)
          incidents = answer.as_tried.incidents
          return lines / (ms / 1_000)
        },
        async () => lines / ((await task<{ ms: number }>("read", site.url)).ms / 1_000)
      )
      return {
        ...seen,
        unit: "lines/s",
        note: `${incidents} incidents; by what is stored, as for a smaller budget, ${(stored.ms / 1_000).toFixed(1)} s`
      }
    } finally {
      await site.stop()
    }
  }
}
