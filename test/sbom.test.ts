import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"

const root = join(import.meta.dirname, "..")

it("the build writes a CycloneDX bill of materials: which library is shipped, and which only builds", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly scripts: { readonly build: string; readonly sbom: string }
  }
  assert.include(scripts.build, "sbom")
  const [command, file] = scripts.sbom.split(" > ")
  assert.strictEqual(file, "dist/sbom.cdx.json")
  const sbom = JSON.parse(execFileSync("sh", ["-c", command!], { cwd: root, encoding: "utf8", stdio: "pipe" })) as {
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
  // Tools rest on these two as well, and `--omit dev` of npm 11 leaves them out.
  for (const shipped of ["effect", "preact", "@nats-io/jetstream", "uplot"]) assert.isFalse(builds(shipped), shipped)
  for (const tool of ["vitest", "esbuild"]) assert.isTrue(builds(tool), tool)
})
