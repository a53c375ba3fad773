import { realLog } from "../support/data.ts"
import { task } from "../support/program.ts"
import type { Row } from "./row.ts"

type Rates = { readonly [name: string]: ReadonlyArray<number> }

const row = (name: string, what: string, goal: Row["goal"]): Row => ({
  id: `format-${name}`,
  what: `read ${what}, real requests`,
  against: "reading the same requests as Combined",
  goal,
  quick: true,
  measure: async ({ quick }) => {
    const rates = await task<Rates>("formats", await realLog(quick ? 50_000 : 500_000), quick ? "5" : "9")
    return { ours: rates[name]!, theirs: rates.combined!, unit: "lines/s" }
  }
})

export const formats: ReadonlyArray<Row> = [
  row("custom", "lines of a declared log_format", { of: "ratio", atLeast: 0.7 }),
  row("json", "lines of JSON", { of: "ours", atLeast: 800_000 }),
  row("w3c", "lines in W3C's extended format", { of: "ratio", atLeast: 0.7 })
]
