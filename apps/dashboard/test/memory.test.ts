import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { heapInContainer } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type BuildOptions, build } from "esbuild"
// @ts-expect-error a script, without types
import { bundleOptions } from "../../../scripts/build.mjs"

const program = fileURLToPath(new URL("year.ts", import.meta.url))

describe("the memory of the page's process", () => {
  let folder: string
  // As it is shipped: to run TypeScript takes Node fifty megabytes by itself.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "chaussettes-memory-"))
    const options = (await bundleOptions()) as BuildOptions
    await build({ ...options, entryPoints: [{ in: program, out: "year" }], outdir: folder })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  // A year of windows takes the same, and twenty bytes a window more (`history.test.ts`): `npm run bench -- --only memory-dashboard-year` measures it.
  it("does not grow by what is read and forgotten while a long history is loaded", { timeout: 60_000 }, async () => {
    const flags = heapInContainer(2_048)
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, join(folder, "year.mjs"), "150000"])
    const { windows, peakMiB } = JSON.parse(stdout) as { readonly windows: number; readonly peakMiB: number }
    assert.strictEqual(windows, 150_000)
    assert.isBelow(peakMiB, 125)
  })
})
