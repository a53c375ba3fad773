import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes } from "@chaussettes/testing"
import { afterAll, assert, describe, it } from "@effect/vitest"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-config-"))
afterAll(() => rmSync(folder, { recursive: true }))

describe("chaussettes config", () => {
  it("prints each value and where it comes from, and of a secret only that it is there", async () => {
    const file = join(folder, "chaussettes.toml")
    writeFileSync(file, '[detect]\nwindow = "1m"\nidle = "1m"\n\n[nats]\npassword = "hidden"\n')
    const ended = await chaussettes(["config", "--json"], { cwd: folder, env: { CHAUSSETTES_DETECT_IDLE: "2m" } })
    assert.strictEqual(ended.code, 0, ended.stderr)
    const settings = JSON.parse(ended.stdout) as { [key: string]: { value: unknown; from: string } }
    assert.deepStrictEqual(settings["detect.window"], { value: "1m", from: "file chaussettes.toml" })
    assert.deepStrictEqual(settings["detect.idle"], { value: "2m", from: "environment CHAUSSETTES_DETECT_IDLE" })
    assert.deepStrictEqual(settings["detect.allowed-lateness"], { value: "auto", from: "default" })
    assert.deepStrictEqual(settings["nats.password"], { value: "(secret)", from: "file chaussettes.toml" })
    assert.notInclude(ended.stdout, "hidden")
  })

  it("refuses a file with a key that nobody knows, whatever the command", async () => {
    const file = join(folder, "wrong.toml")
    writeFileSync(file, '[detect]\nwindwo = "1m"\n')
    for (const command of [["config"], ["detect"], ["start"]]) {
      const ended = await chaussettes([...command, "--config", file])
      assert.strictEqual(ended.code, 2)
      assert.match(ended.stderr, /nobody knows the setting detect\.windwo\. Did you mean detect\.window\?/)
    }
  })

  it("refuses a bad value of the file or the environment as the flag would", async () => {
    const ended = await chaussettes(["detect"], { env: { CHAUSSETTES_DETECT_WINDOW: "soon" } })
    assert.strictEqual(ended.code, 2)
    assert.match(
      ended.stderr,
      /--window: "soon"\. Expected: a span of time.* It comes from the variable CHAUSSETTES_DETECT_WINDOW\. See/
    )
  })
})
