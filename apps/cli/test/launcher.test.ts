import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { projectFolder, run } from "@chaussettes/testing"
import { afterAll, assert, describe, it } from "@effect/vitest"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-launcher-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The launcher's own file: without a bundle beside it, it ends behind the cache, which is what is looked at. */
const launch = (cache: string) =>
  run(process.execPath, [join(projectFolder, "scripts", "launcher.mjs")], {
    env: { XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: "" }
  })

const compiled = (cache: string) => join(cache, "chaussettes", "compiled")

describe("what is compiled once and run again", () => {
  it("is kept in a folder for this user alone", async () => {
    const cache = join(folder, "new")
    await launch(cache)
    assert.strictEqual(statSync(compiled(cache)).mode & 0o777, 0o700)
    assert.isNotEmpty(readdirSync(compiled(cache)))
  })

  it("is neither read nor written where others may write", async () => {
    const cache = join(folder, "open")
    mkdirSync(compiled(cache), { recursive: true })
    chmodSync(compiled(cache), 0o777)
    await launch(cache)
    assert.isEmpty(readdirSync(compiled(cache)))
  })
})
