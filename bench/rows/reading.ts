import { realLog } from "../support/data.ts"
import { task } from "../support/program.ts"
import type { Row } from "./row.ts"

type Rates = { readonly [name: string]: ReadonlyArray<number> }

export const reading: Row = {
  id: "templates",
  what: "parse and fold with `--url-templates auto`, real requests",
  against: "the same without",
  goal: { of: "ratio", atLeast: 0.85 },
  quick: true,
  measure: async ({ quick }) => {
    const rates = await task<Rates>("reading", await realLog(quick ? 50_000 : 500_000), quick ? "5" : "9")
    return { ours: rates.templates!, theirs: rates.plain!, unit: "lines/s" }
  }
}
