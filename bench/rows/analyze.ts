import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { realLog } from "../support/data.ts"
import { findGoAccess } from "../support/goaccess.ts"
import { chaussettes, run } from "../support/program.ts"
import { interleaved, type Row } from "./row.ts"

const lines = 1_000_000
const peakGoalMiB = 200

export const analyze: Row = {
  id: "analyze-goaccess",
  what: "analyze of a 1-M-line file, from exec to exit",
  against: "GoAccess on the same file (it fills all its panels)",
  goal: { of: "ratio", atLeast: 15 },
  quick: false,
  measure: async ({ quick }) => {
    const file = await realLog(lines)
    const scratch = await mkdtemp(join(tmpdir(), "chaussettes-goaccess-"))
    const report = join(scratch, "report.json")
    let peakMiB = 0
    try {
      const goaccess = await findGoAccess()
      const { version, jobs } = goaccess
      const seen = await interleaved(
        quick ? 1 : 3,
        async () => {
          const finished = await run(process.execPath, [chaussettes, "analyze", file, "--allowed-lateness", "60s"])
          peakMiB = Math.max(peakMiB, finished.peakMiB)
          return lines / (finished.ms / 1000)
        },
        async () => {
          const finished = await run("goaccess", goaccess.args(file, report))
          return lines / (finished.ms / 1000)
        }
      )
      const verdict = peakMiB < peakGoalMiB ? "below" : "NOT below"
      return {
        ...seen,
        unit: "lines/s",
        note: `GoAccess ${version}, ${jobs !== undefined ? `${jobs} jobs` : "one thread, as it has no --jobs"}; peak memory ${peakMiB.toFixed(0)} MiB, ${verdict} ${peakGoalMiB}`
      }
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }
}
