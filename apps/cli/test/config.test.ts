import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
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

  it("prints of an address where it is, and neither its password nor a path that may be a secret", async () => {
    const env = {
      NATS_URL: "nats://me:hidden@a:4222,nats://hidden@b:4222",
      CHAUSSETTES_NOTIFY_TO: "slack://hidden/hidden/hidden smtp://me:hid,den@h/?from=a@x&to=hidden@x,hidden@y",
      CHAUSSETTES_START_NOTIFY: "ntfy://h/hidden",
      CHAUSSETTES_NOTIFY_WEBHOOK: "https://hooks.example.org/services/hidden/hidden?x=hidden",
      CHAUSSETTES_DASHBOARD_ACCESS_TOKEN: "hidden-hidden-hidden"
    }
    for (const args of [["config"], ["config", "--json"]]) {
      const ended = await chaussettes(args, { cwd: folder, env })
      assert.strictEqual(ended.code, 0, ended.stderr)
      assert.notInclude(ended.stdout, "hidden")
      assert.include(ended.stdout, "nats://(secret)@a:4222,nats://(secret)@b:4222")
      assert.include(ended.stdout, "https://hooks.example.org/(secret)")
    }
  })

  it.each(["me:hidden@a:4222", "hooks.example.org/hidden", "htp:/hidden", "//u:hidden@h"])(
    "prints nothing of an address that is not well formed: %s",
    async (address) => {
      const env = { NATS_URL: address, CHAUSSETTES_NOTIFY_WEBHOOK: address, CHAUSSETTES_NOTIFY_PAGE_URL: address }
      const ended = await chaussettes(["config"], { cwd: folder, env })
      assert.strictEqual(ended.code, 0, ended.stderr)
      assert.notInclude(ended.stdout, "hidden")
    }
  )

  it("shows what was given wrongly without letting it act on a terminal", async () => {
    const acting = "\u009b31m\u202e\u001b[31mX"
    for (const args of [
      ["start", "--port", acting],
      ["alerts", "--since", acting],
      ["replay", "--source", acting, "-"],
      ["thresholds", "--every", acting],
      [acting],
      ["status", `--${acting}`]
    ]) {
      const ended = await chaussettes(args, { cwd: folder })
      assert.notStrictEqual(ended.code, 0)
      assert.notMatch(ended.stderr, /[\u0080-\u009f\u202e\u001b]/, args.join(" "))
    }
  })

  it.skipIf(process.getuid?.() !== 0)("refuses a folder of state that is another user's, and links in it", async () => {
    const other = mkdtempSync(join(tmpdir(), "chaussettes-config-other-"))
    const dir = join(other, "state")
    mkdirSync(join(dir, "logs"), { recursive: true })
    symlinkSync(join(other, "victim"), join(dir, "logs", "detector.log"))
    const refused = async (why: RegExp) => {
      const ended = await chaussettes(["start", "--dir", dir], { cwd: other })
      assert.strictEqual(ended.code, 1)
      assert.match(ended.stderr, why)
      assert.isFalse(existsSync(join(other, "victim")))
    }
    lchownSync(join(dir, "logs", "detector.log"), 12_345, 12_345)
    await refused(/^Refusing .*detector\.log: it belongs to the user 12345/)
    rmSync(join(dir, "logs", "detector.log"))
    chownSync(join(dir, "logs"), 12_345, 12_345)
    await refused(/^Refusing .*logs: it belongs to the user 12345/)
    chownSync(join(dir, "logs"), 0, 0)
    chmodSync(dir, 0o777)
    await refused(/^Refusing .*state: other users can write it/)
    chmodSync(dir, 0o700)
    mkdirSync(join(other, "theirs"))
    rmSync(join(dir, "jetstream"), { recursive: true })
    symlinkSync(join(other, "theirs"), join(dir, "jetstream"))
    chownSync(join(other, "theirs"), 12_345, 12_345)
    await refused(/^Refusing .*jetstream: it belongs to the user 12345/)
    rmSync(other, { recursive: true })
  })

  it.skipIf(process.getuid?.() !== 0)("refuses a file of another user, and one that others can write", async () => {
    const other = mkdtempSync(join(tmpdir(), "chaussettes-config-other-"))
    const file = join(other, "chaussettes.toml")
    writeFileSync(file, '[server]\nbin = "/tmp/evil"\n')
    chownSync(file, 12_345, 12_345)
    for (const command of [["config"], ["start"], ["status"]]) {
      const ended = await chaussettes(command, { cwd: other })
      assert.strictEqual(ended.code, 1)
      assert.match(ended.stderr, /^Refusing chaussettes\.toml: it belongs to the user 12345\./)
    }
    chownSync(file, 0, 0)
    chmodSync(file, 0o666)
    assert.match((await chaussettes(["config"], { cwd: other })).stderr, /^Refusing .*other users can write it/)
    chmodSync(file, 0o644)
    assert.strictEqual((await chaussettes(["config"], { cwd: other })).code, 0)
    rmSync(other, { recursive: true })
  })

  it.skipIf(process.getuid?.() !== 0)("refuses passwords that another user has put there", async () => {
    const other = mkdtempSync(join(tmpdir(), "chaussettes-config-other-"))
    await chaussettes(["credentials"], { cwd: other })
    for (const path of [".chaussettes/credentials/operator.json", ".chaussettes/credentials/nats.env"]) {
      chownSync(join(other, path), 12_345, 12_345)
    }
    const looked = await chaussettes(["verify"], { cwd: other })
    assert.match(looked.stderr, /^Refusing .*operator\.json: it belongs to the user 12345/)
    const elsewhere = await chaussettes(["verify", "-s", "nats://127.0.0.1:1"], { cwd: other })
    assert.notMatch(elsewhere.stderr, /Refusing/)
    const started = await chaussettes(["start", "--nats-port", "0", "--port", "0", "--metrics-port", "0"], {
      cwd: other
    })
    assert.match(started.stderr, /^Refusing .*nats\.env: it belongs to the user 12345/)
    rmSync(other, { recursive: true })
  })

  it("refuses a file with a key that nobody knows, whatever the command", async () => {
    const file = join(folder, "wrong.toml")
    writeFileSync(file, '[detect]\nwindwo = "1m"\n')
    for (const command of [["config"], ["detect"], ["start"]]) {
      const ended = await chaussettes([...command, "--config", file])
      assert.strictEqual(ended.code, 2)
      assert.match(ended.stderr, /unknown setting detect\.windwo\. Did you mean detect\.window\?/)
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
