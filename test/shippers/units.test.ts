import { spawnSync } from "node:child_process"
import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hasProgram, projectFolder } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"

describe.skipIf(!hasProgram("systemd-analyze"))("deploy/systemd", () => {
  const withUnit = (check: (path: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), "chaussettes-unit-"))
    try {
      const path = join(folder, "chaussettes-ship@web.service")
      copyFileSync(join(projectFolder, "deploy/systemd/chaussettes-ship@.service"), path)
      check(path)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  it("is right in the eyes of systemd-analyze verify", () =>
    withUnit((path) => {
      const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" })
      assert.strictEqual(status, 0, stdout + stderr)
      assert.strictEqual(stdout + stderr, "")
    }))

  it("is hardened: at most 2.0 of 10 in systemd-analyze security", () =>
    withUnit((path) => {
      const args = ["security", "--offline=true", "--threshold=20", path]
      const { status, stdout } = spawnSync("systemd-analyze", args, { encoding: "utf8" })
      assert.strictEqual(status, 0, stdout.slice(-400))
    }))
})

describe.skipIf(!hasProgram("amtool"))("deploy/alertmanager", () => {
  it("is right in the eyes of amtool check-config", () => {
    const path = join(projectFolder, "deploy/alertmanager/alertmanager.yml")
    const { status, stdout, stderr } = spawnSync("amtool", ["check-config", path], { encoding: "utf8" })
    assert.strictEqual(status, 0, stdout + stderr)
  })
})
