import { execFileSync } from "node:child_process"
import { accessSync, constants, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"

const root = join(import.meta.dirname, "..")

describe("a build", () => {
  beforeAll(() => {
    execFileSync(process.execPath, ["scripts/build.mjs", "--if-needed"], { cwd: root })
  }, 60_000)

  it("writes a CycloneDX bill of materials: which library is shipped, and which only builds", () => {
    const sbom = JSON.parse(readFileSync(join(root, "dist", "sbom.cdx.json"), "utf8")) as {
      readonly bomFormat: string
      readonly components: ReadonlyArray<{
        readonly name: string
        readonly properties?: ReadonlyArray<{ readonly name: string }>
      }>
    }
    assert.strictEqual(sbom.bomFormat, "CycloneDX")
    const builds = (name: string) =>
      sbom.components
        .find((component) => component.name === name)!
        .properties!.some((property) => property.name === "cdx:npm:package:development")
    // Tools rest on the first two as well, and `--omit dev` of npm 11 leaves them out.
    for (const shipped of ["effect", "preact", "@nats-io/jetstream", "uplot"]) assert.isFalse(builds(shipped), shipped)
    for (const tool of ["vitest", "esbuild"]) assert.isTrue(builds(tool), tool)
  })

  it("leaves a command that can be run, also where npm linked an earlier one", () => {
    accessSync(join(root, "dist", "chaussettes.mjs"), constants.X_OK)
  })
})
