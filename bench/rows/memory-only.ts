import { realLog, syntheticLog } from "../support/data.ts"
import { task } from "../support/program.ts"
import type { Row } from "./row.ts"

const row = (id: string, name: string, log: (lines: number) => Promise<string>): Row => ({
  id,
  what: `parse and fold in memory, ${name} lines`,
  against: "finding the newlines only",
  goal: { of: "ratio", atLeast: 0.1 },
  quick: true,
  measure: async ({ quick }) => {
    const file = await log(quick ? 200_000 : 1_000_000)
    const { ours, limit } = await task<{ ours: ReadonlyArray<number>; limit: ReadonlyArray<number> }>(
      "fold",
      file,
      quick ? "5" : "9"
    )
    return { ours, theirs: limit, unit: "lines/s" }
  }
})

export const memoryOnly: ReadonlyArray<Row> = [
  row("fold-real", "real", realLog),
  row("fold-synthetic", "synthetic", syntheticLog)
]
