import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, projectFolder, run } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { metricsParts, metricsPorts } from "../src/start/metrics-ports.ts"

/* .ci/deb.sh installs on a Debian with systemd, from a request to an alert; here is what needs none. */

const folder = mkdtempSync(join(tmpdir(), "chaussettes-install-"))
const root = join(folder, "root")
const below = (...path: ReadonlyArray<string>) => join(root, ...path)
const text = (...path: ReadonlyArray<string>) => readFileSync(below(...path), "utf8")
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const install = (...args: ReadonlyArray<string>) => chaussettes(["install", "--root", root, ...args])

const isBuilt = existsSync(join(projectFolder, "dist", "chaussettes.mjs"))

describe.skipIf(process.platform !== "linux" || !isBuilt)("chaussettes install", () => {
  beforeAll(async () => {
    const ended = await install("--logs", "/var/log/nginx/*.log", "--logs", "/srv/log")
    assert.strictEqual(ended.code, 0, ended.output)
  })

  const units = () => readdirSync(below("etc/systemd/system")).filter((name) => name.endsWith(".service"))

  it("writes units that run the program which it lays down beside them", async () => {
    assert.isAbove(units().length, 7)
    for (const unit of units()) {
      const [, program] = /^ExecStart=(?:\/bin\/sh -c 'exec )?(\S+)/m.exec(text("etc/systemd/system", unit))!
      assert.isTrue(existsSync(below(program!)), `${unit}: ${program}`)
    }
    const ended = await run(below("usr/local/lib/chaussettes/chaussettes"), ["--version"])
    assert.match(ended.stdout, /^\d+\.\d+\.\d+\n$/)
  })

  it("gives each service the credentials of its own role and no other's", () => {
    for (const role of ["detector", "thresholds", "dashboard", "notify"]) {
      const unit = text("etc/systemd/system", `chaussettes-${role}.service`)
      const given = [...unit.matchAll(/^LoadCredential=context\.json:(.*)$/gm)].map(([, path]) => path)
      assert.deepStrictEqual(given, [`/etc/chaussettes/credentials/${role}.json`])
      assert.include(text(given[0]!), `"user": "${role}"`)
    }
    assert.include(text("etc/chaussettes/ship-web.json"), '"user": "ship"')
    for (const file of [
      "credentials/nats.env",
      "credentials/mirror.env",
      "credentials/operator.json",
      "ship-web.json"
    ]) {
      assert.strictEqual(statSync(below("etc/chaussettes", file)).mode & 0o777, 0o600, file)
    }
  })

  it("gives each part the port of /metrics that it has under start", () => {
    const ports = metricsPorts()
    for (const part of metricsParts.filter((name) => name !== "ship" && name !== "generator")) {
      const unit = text("etc/systemd/system", `chaussettes-${part}.service`)
      assert.include(unit, `\nEnvironment=HTTP_PORT=${ports[part]}\n`)
    }
    assert.strictEqual(
      text("etc/chaussettes/ship-web.env"),
      `LOGS=/var/log/nginx/*.log /srv/log\nHTTP_PORT=${ports.ship}\n`
    )
  })

  it("again keeps passwords and ports, and gives another source a port of its own", async () => {
    const before = text("etc/chaussettes/credentials/nats.env")
    assert.strictEqual((await install("--logs", "/var/log/apache2/*.log", "--source", "apache")).code, 0)
    assert.strictEqual((await install("--logs", "/srv/log")).code, 0)
    assert.strictEqual(text("etc/chaussettes/credentials/nats.env"), before)
    const { ship } = metricsPorts()
    assert.include(text("etc/chaussettes/ship-apache.env"), `HTTP_PORT=${ship + 1}\n`)
    assert.strictEqual(text("etc/chaussettes/ship-web.env"), `LOGS=/srv/log\nHTTP_PORT=${ship}\n`)
  })

  it("again keeps the servers that the contexts were told of, as on a host of a cluster", async () => {
    const contexts = ["--dir", below("etc/chaussettes/credentials"), "--url", "tls://a:4222,tls://b:4222"]
    assert.strictEqual((await chaussettes(["credentials", ...contexts])).code, 0)
    assert.strictEqual((await install("--logs", "/srv/log", "--source", "late")).code, 0)
    for (const file of ["credentials/detector.json", "ship-late.json"]) {
      assert.strictEqual(JSON.parse(text("etc/chaussettes", file)).url, "tls://a:4222,tls://b:4222", file)
    }
  })

  it.each(["/var/log/my site/*.log", "access.log", "/var/log/$HOME.log", "/a'b"])("refuses the log %j", async (log) => {
    const ended = await install("--logs", log)
    assert.strictEqual(ended.code, 2)
    assert.match(ended.stderr, /^--logs ".*": give an absolute path, .*\.\n$/)
  })

  it("is taken away by uninstall, which keeps what was stored until it is purged", async () => {
    const stored = below("var/lib/private/chaussettes-server")
    mkdirSync(stored, { recursive: true })
    writeFileSync(below("usr/local/bin/other"), "")
    const uninstall = (...args: ReadonlyArray<string>) => chaussettes(["uninstall", "--root", root, ...args])
    assert.strictEqual((await uninstall()).code, 0)
    assert.deepStrictEqual(readdirSync(below("etc/systemd/system")), [])
    assert.deepStrictEqual(readdirSync(below("usr/local/bin")), ["other"])
    assert.isTrue(existsSync(stored) && existsSync(below("etc/chaussettes/credentials/nats.env")))
    assert.strictEqual((await uninstall("--purge")).code, 0)
    assert.isFalse(existsSync(stored) || existsSync(below("etc/chaussettes")))
  })
})

describe("installing services", () => {
  it.skipIf(process.platform !== "linux" || existsSync("/run/systemd/system") || process.getuid?.() !== 0)(
    "says that there is no systemd",
    async () => {
      const ended = await chaussettes(["install"])
      assert.strictEqual(ended.code, 1)
      assert.match(ended.stderr, /^systemd is not running here\. Use chaussettes start .*\.\n$/)
    }
  )
})
