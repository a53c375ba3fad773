import { mkdtemp, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { realLog } from "../support/data.ts"
import { findGoAccess } from "../support/goaccess.ts"
import { chaussettes, run } from "../support/program.ts"
import { interleaved, type Row } from "./row.ts"

const lines = 1_000_000
const mostBytes = 2 ** 20

/** Both read the same file and write one HTML file. */
export const report: Row = {
  id: "report-goaccess",
  what: "report of a 1-M-line file as HTML, from exec to exit",
  against: "GoAccess on the same file, as HTML, with all processors",
  goal: { of: "ratio", atLeast: 8 },
  quick: false,
  measure: async ({ quick }) => {
    const file = await realLog(lines)
    const scratch = await mkdtemp(join(tmpdir(), "chaussettes-report-"))
    const [own, theirs] = [join(scratch, "own.html"), join(scratch, "theirs.html")]
    let peakMiB = 0
    try {
      const goaccess = await findGoAccess()
      const { version, jobs } = goaccess
      const seen = await interleaved(
        quick ? 1 : 3,
        async () => {
          const args = ["report", file, "--allowed-lateness", "60s", "--zone", "UTC", "--output", own]
          const finished = await run(process.execPath, [chaussettes, ...args])
          peakMiB = Math.max(peakMiB, finished.peakMiB)
          return lines / (finished.ms / 1000)
        },
        async () => {
          const finished = await run("goaccess", goaccess.args(file, theirs))
          return lines / (finished.ms / 1000)
        }
      )
      const [{ size }, { size: theirSize }] = [await stat(own), await stat(theirs)]
      const kB = (bytes: number) => `${Math.round(bytes / 1000)} kB`
      const verdict = size < mostBytes ? "below" : "NOT below"
      return {
        ...seen,
        unit: "lines/s",
        note: `GoAccess ${version}, ${jobs !== undefined ? `${jobs} jobs` : "one thread"}, ${kB(theirSize)}; ours ${kB(size)}, ${verdict} 1 MB; peak memory ${peakMiB.toFixed(0)} MiB`
      }
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }
}
