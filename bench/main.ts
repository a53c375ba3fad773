/**
 * `npm run bench [-- --quick] [--json] [--only ID,…] [--check] [--renew]`: one table, every row with its limit or its rival beside it, medians of
 * interleaved rounds, and the spread. `--check` holds each ratio against bench/baseline.json, `--renew` writes it, `--write` puts the table
 * into docs/performance.md, with `--only` the rows of these alone. `--growth N` compares N million lines with one million instead of ten; a hundred want 10 GB of disk and ten minutes.
 */
import { readFile, writeFile } from "node:fs/promises"
import { cpus } from "node:os"
import { parseArgs } from "node:util"
import { analyze } from "./rows/analyze.ts"
import { footprint } from "./rows/footprint.ts"
import { formats } from "./rows/formats.ts"
import { growth } from "./rows/growth.ts"
import { hardship } from "./rows/hardship.ts"
import { latency } from "./rows/latency.ts"
import { memoryOnly } from "./rows/memory-only.ts"
import { reading } from "./rows/reading.ts"
import { report } from "./rows/report.ts"
import { type Row, Unmeasurable } from "./rows/row.ts"
import { ship } from "./rows/ship.ts"
import { streams } from "./rows/streams.ts"
import { whatIf } from "./rows/what-if.ts"
import { type Baseline, checkAgainst, tolerance } from "./support/baseline.ts"
import { figuresOf } from "./support/stats.ts"
import { type Result, resultOf, tableOf, tableWith } from "./support/table.ts"

const performanceFile = new URL("../docs/performance.md", import.meta.url)
const [tableBegins, tableEnds] = ["<!-- table -->", "<!-- end of table -->"]
const baselineFile = new URL("./baseline.json", import.meta.url)

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string" },
    check: { type: "boolean", default: false },
    renew: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    growth: { type: "string", default: "10" }
  }
})
const rows: ReadonlyArray<Row> = [
  ...memoryOnly,
  ...formats,
  reading,
  analyze,
  report,
  ...streams,
  whatIf,
  ...ship,
  ...hardship,
  ...latency,
  ...footprint,
  ...growth(Number(values.growth))
]

const only = values.only?.split(",")
const chosen = rows.filter((row) => (only === undefined ? !values.quick || row.quick : only.includes(row.id)))
const baseline: Baseline = values.check ? JSON.parse(await readFile(baselineFile, "utf8")) : {}

const resultFor = async (row: Row): Promise<Result> => {
  process.stderr.write(`${row.what} …\n`)
  try {
    const measured = await row.measure({ quick: values.quick })
    const theirs = measured.theirs.length > 0 ? figuresOf(measured.theirs) : undefined
    return resultOf(row, figuresOf(measured.ours), theirs, measured)
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0]! : String(error)
    return { id: row.id, what: row.what, against: row.against, failed: why, isMissing: error instanceof Unmeasurable }
  }
}

const results: Array<Result> = []
for (const row of chosen) {
  const result = await resultFor(row)
  // A shared machine can spoil a row; one that is bad twice is bad.
  results.push(checkAgainst(baseline, [result]).length > 0 ? await resultFor(row) : result)
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, Node ${process.versions.node}`
if (values.json) process.stdout.write(`${JSON.stringify({ machine, quick: values.quick, rows: results }, null, 2)}\n`)
else process.stdout.write(`${tableOf(results)}\n${machine}\n`)

if (values.write) {
  const document = await readFile(performanceFile, "utf8")
  const [before = "", written = ""] = document.split(tableBegins)
  const [old = "", behind = ""] = written.split(tableEnds)
  // Figures of two machines in one table would be compared.
  if (only !== undefined && !old.includes(machine)) {
    throw new Error(`docs/performance.md was measured elsewhere than on ${machine}: measure all of it, without --only`)
  }
  const names = rows.map(({ what }) => what)
  const table = only === undefined ? tableOf(results) : tableWith(old, results, names)
  await writeFile(performanceFile, `${before}${tableBegins}\n\n${table}\n\n${machine}\n\n${tableEnds}${behind}`)
}
if (values.renew) {
  const old = await readFile(baselineFile, "utf8").then(
    (text) => JSON.parse(text) as Baseline,
    () => ({}) as Baseline
  )
  const fresh = Object.fromEntries(
    results.flatMap((r) =>
      "ratio" in r && r.ratio !== undefined && !r.lessIsBetter ? [[r.id, Math.round(r.ratio * 1000) / 1000]] : []
    )
  )
  await writeFile(baselineFile, `${JSON.stringify({ ...old, ...fresh }, null, 2)}\n`)
}
if (values.check) {
  const faults = checkAgainst(baseline, results)
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  process.stderr.write(
    `${results.length - faults.length} passed, ${faults.length} failed (each ratio at least ${tolerance} of its baseline)\n`
  )
  if (faults.length > 0) process.exitCode = 1
}
if (results.some((result) => "failed" in result && !result.isMissing)) process.exitCode = 1
