import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { projectFolder, run } from "@chaussettes/testing"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { type BuildOptions, build, type Metafile } from "esbuild"
// @ts-expect-error a script, without types
import { bundleOptions } from "../../../scripts/build.mjs"

describe("the bundle", () => {
  let outputs: Metafile["outputs"]
  beforeAll(async () => {
    const options = (await bundleOptions()) as BuildOptions
    const result = await build({ ...options, outdir: "dist", write: false, metafile: true })
    outputs = result.metafile.outputs
  })

  /** All that is read before the command line is even looked at. */
  const atStart = (): ReadonlySet<string> => {
    const files = new Set<string>()
    const visit = (output: string) => {
      if (files.has(output)) return
      files.add(output)
      for (const { path, kind } of outputs[output]?.imports ?? []) if (kind === "import-statement") visit(path)
    }
    visit("dist/main.mjs")
    return files
  }

  it.each([
    ["the client of NATS", /node_modules\/@nats-io\//],
    ["an HTTP server", /platform-node\/dist\/NodeHttpServer/],
    ["the detection", /libs\/domain\/src\/(detection\/(detection|window)|line\/line)\.ts/],
    ["progress bars", /node_modules\/cli-progress/],
    // They are made of the prefix, which stands in the environment only when the command line and the configuration have been read.
    ["the names on the server", /libs\/jetstream\/src\/(prefix|topology)\.ts/]
  ])("starts without %s, which is loaded by the command that needs it", (_, module) => {
    const inputsOf = (files: Iterable<string>) => [...files].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}))
    assert.isNotEmpty(
      inputsOf(Object.keys(outputs)).filter((input) => module.test(input)),
      "it is in the bundle"
    )
    assert.deepStrictEqual(
      inputsOf(atStart()).filter((input) => module.test(input)),
      []
    )
  })

  it("starts from little", () => {
    const bytes = [...atStart()].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0)
    assert.isBelow(bytes, 1.65e6)
  })
})

const launcher = join(projectFolder, "dist", "chaussettes.mjs")
const oldNode = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => {
  const { stdout } = spawnSync(path, ["-p", "process.versions.node"], { encoding: "utf8" })
  return stdout !== null && Number.parseInt(stdout, 10) < 24
})

describe.skipIf(!existsSync(launcher))("the launcher", () => {
  it.skipIf(oldNode === undefined)(
    "hands over to the Node that npm brought when it is started by an older one",
    async () => {
      const ended = await run(oldNode!, [launcher, "--version"])
      assert.deepStrictEqual({ code: ended.code, stderr: ended.stderr }, { code: 0, stderr: "" })
      assert.match(ended.stdout, /^\d+\.\d+\.\d+\n$/)
    }
  )

  it.skipIf(oldNode === undefined)("hands on the exit code and what is said", async () => {
    const ended = await run(oldNode!, [launcher, "nonsense"])
    assert.strictEqual(ended.code, 2)
    assert.match(ended.stderr, /^Unknown subcommand "nonsense"/)
  })
})
