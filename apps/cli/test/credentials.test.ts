import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes } from "@chaussettes/testing"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { passwordsIn, users, variableOf, writeRoleFolders } from "../src/credentials/store.ts"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-credentials-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("credentials", () => {
  it("are made once, at random, in words that nats-server cannot take for a number or a date", () => {
    const passwords = passwordsIn(join(folder, "once"))
    for (const user of users) assert.match(passwords[user], /^p[0-9a-f]{48}$/)
    assert.strictEqual(new Set(Object.values(passwords)).size, users.length)
    assert.deepStrictEqual(passwordsIn(join(folder, "once")), passwords)
    assert.notDeepEqual(passwordsIn(join(folder, "another")), passwords)
  })

  it("are completed for a user that a newer version knows, and kept for the others", () => {
    const dir = join(folder, "older")
    mkdirSync(dir)
    writeFileSync(join(dir, "nats.env"), `${variableOf("operator")}=kept\n`)
    const passwords = passwordsIn(dir)
    assert.strictEqual(passwords.operator, "kept")
    assert.match(passwords.detector, /^p/)
  })

  it("leave none of what processes wrote aside that died over it, and all that is being written now", () => {
    const dir = join(folder, "left")
    passwordsIn(dir)
    const old = new Date(Date.now() - 3_600_000)
    for (const name of ["nats.env.4711", "nats.env.aside-0123456789ab"]) {
      writeFileSync(join(dir, name), "CHAUSSETTES_OPERATOR_PASSWORD=p1\n")
      utimesSync(join(dir, name), old, old)
    }
    writeFileSync(join(dir, "nats.env.aside-ba9876543210"), "")
    passwordsIn(dir)
    assert.deepStrictEqual(readdirSync(dir).sort(), ["nats.env", "nats.env.aside-ba9876543210"])
  })

  it("are for this user's eyes only, and never printed but when asked for", async () => {
    const dir = join(folder, "eyes")
    const ended = await chaussettes(["credentials", "--dir", dir])
    const passwords = passwordsIn(dir)
    for (const user of users) assert.notInclude(ended.stdout + ended.stderr, passwords[user])
    assert.strictEqual(statSync(dir).mode & 0o777, 0o700)
    for (const file of ["nats.env", "operator.json"]) assert.strictEqual(statSync(join(dir, file)).mode & 0o777, 0o600)
    const printed = await chaussettes([
      "credentials",
      "--dir",
      dir,
      "--print",
      "operator",
      "--url",
      "nats://there:4222"
    ])
    assert.deepInclude(JSON.parse(printed.stdout), {
      url: "nats://there:4222",
      user: "operator",
      password: passwords.operator,
      inbox_prefix: "_INBOX_operator"
    })
  })

  it("give a role's folder that role's context alone", () => {
    const parent = join(folder, "roles")
    mkdirSync(join(parent, "detector"), { recursive: true })
    const passwords = passwordsIn(join(folder, "once"))
    writeRoleFolders(parent, passwords, "nats://nats:4222", "a token")
    const text = readFileSync(join(parent, "detector", "context.json"), "utf8")
    assert.include(text, passwords.detector)
    assert.notInclude(text, passwords.operator)
  })

  it("name the server that those of the folder name already", async () => {
    const dir = join(folder, "elsewhere")
    const url = "nats://127.0.0.1:24222"
    assert.strictEqual((await chaussettes(["credentials", "--dir", dir, "--url", url])).code, 0)
    const added = await chaussettes(["credentials", "--dir", dir, "--add", "web", "--source", "web"])
    assert.strictEqual(JSON.parse(added.stdout).url, url)
  })

  it("that cannot be kept end in one sentence", async () => {
    const ended = await chaussettes(["credentials", "--dir", "/dev/null/x"])
    assert.strictEqual(ended.code, 1)
    assert.match(ended.stderr, /^Cannot store credentials in \/dev\/null\/x: .* Give another folder with --dir\.\n$/)
  })
})
