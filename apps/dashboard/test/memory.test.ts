import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { heapInContainer } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"

const program = fileURLToPath(new URL("year.ts", import.meta.url))

describe("the memory of the page's process", () => {
  // A year of windows takes the same, and twenty bytes a window more (`history.test.ts`): `node apps/dashboard/test/year.ts` measures it.
  it("does not grow by what is read and forgotten while a long history is loaded", { timeout: 60_000 }, async () => {
    const flags = heapInContainer(2_048)
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, "80000"])
    const { windows, peakMiB } = JSON.parse(stdout) as { readonly windows: number; readonly peakMiB: number }
    assert.strictEqual(windows, 80_000)
    assert.isBelow(peakMiB, 190)
  })
})
