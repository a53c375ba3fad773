import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, projectFolder } from "@chaussettes/testing"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { withSeveralFiles } from "../src/several-files.ts"

const spread = (line: string) => withSeveralFiles(line.split(" ")).join(" ")

describe("files that a shell has named one by one", () => {
  it.each([
    ["thresholds --from a b c --out o", "thresholds --from a --from b --from c --out o"],
    ["thresholds --dry-run --from=a b -", "thresholds --dry-run --from=a --from b --from -"],
    ["thresholds --from a b what-if --ip 0.4", "thresholds --from a --from b what-if --ip 0.4"],
    ["thresholds what-if --from a b --ip 0.4", "thresholds what-if --from a --from b --ip 0.4"],
    ["--config x.toml --prefix p thresholds --from a b", "--config x.toml --prefix p thresholds --from a --from b"],
    ["start --logs a b --rate 3", "start --logs a --logs b --rate 3"],
    ["install --source web --logs a b", "install --source web --logs a --logs b"]
  ])("%s", (given, meant) => {
    assert.strictEqual(spread(given), meant)
  })

  it.each([
    "thresholds --from a --from b",
    "thresholds set ip 0.4",
    "thresholds --from",
    "ship --from start a.log b.log",
    "verify --from 2026-01-01T00:00:00Z extra",
    "start --rate 3 a",
    "thresholds --from a -- b",
    "--help"
  ])("leaves alone: %s", (line) => {
    assert.strictEqual(spread(line), line)
  })
})

describe("thresholds --from", () => {
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-several-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("reads all of them", async () => {
    const files = ["a.log", "b.log"].map((name) => join(folder, name))
    const lines = readFileSync(join(projectFolder, "testdata", "elastic-apache-10k.log"), "latin1").split("\n")
    writeFileSync(files[0]!, `${lines.slice(0, 5_000).join("\n")}\n`, "latin1")
    writeFileSync(files[1]!, lines.slice(5_000).join("\n"), "latin1")
    const ran = await chaussettes(["thresholds", "--from", ...files, "--json", "--errors", "5xx"])
    assert.notMatch(ran.output, /Unknown subcommand/)
    // One of the 10,000 is cut off.
    assert.include(ran.stdout, '"total_logs_analyzed":9999')
  })
})
