import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startServer } from "@chaussettes/jetstream/testing"
import {
  chaussettes,
  hasNatsCli,
  nats,
  projectFolder,
  type Ran,
  startChaussettes,
  succeeded,
  until
} from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-prefix-"))
let server: Awaited<ReturnType<typeof startServer>>

beforeAll(async () => {
  server = await startServer({ jetstream: "max_file_store: 1TB" })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const page = join(projectFolder, "dist", "web", "index.html")

const oneSentence = ({ code, stderr }: Ran, words: RegExp) => {
  assert.strictEqual(code, 2, stderr)
  assert.match(stderr.trimEnd(), words)
  assert.strictEqual(stderr.trim().split("\n").length, 1, stderr)
}

describe("systems with prefixes in one account", { timeout: 120_000 }, () => {
  const log = readFileSync(new URL("../../../testdata/elastic-apache-10k.log", import.meta.url), "latin1").split("\n")
  /** The same log for `none` and `a`, so that what they derive can be compared; a longer one for `b`. */
  const systems = [
    { name: "none", flags: [], lines: 2_000, seuil: "0.11" },
    { name: "a", flags: ["--prefix", "a"], lines: 2_000, seuil: "0.11" },
    { name: "b", flags: ["--prefix=b"], lines: 3_000, seuil: "0.022" }
  ] as const
  type System = (typeof systems)[number]

  const on = (system: System, ...args: ReadonlyArray<string>) =>
    succeeded(chaussettes([...args, "--server", server.url, ...system.flags], { cwd: folder }))
  /** It ends with 1 while no detector runs. */
  const statusOf = async (system: System) =>
    (await chaussettes(["status", "--json", "--server", server.url, ...system.flags], { cwd: folder })).stdout
  const settings = ["--allowed-lateness", "60s"]

  beforeAll(async () => {
    for (const system of systems) {
      const file = join(folder, `${system.name}.log`)
      writeFileSync(file, `${log.slice(0, system.lines).join("\n")}\n`, "latin1")
      await on(system, "init", "--limit", "LOGS.age=7d")
      await on(system, "thresholds", "set", "global", system.seuil)
      await on(system, "replay", "--source", "web", file)
    }
    for (const system of systems) await on(system, "detect", "--until-caught-up", ...settings)
  }, 120_000)

  it.each(systems)("$name: verify derives its own windows and alerts again from its own lines", async (system) => {
    const verification = JSON.parse(await on(system, "verify", "--json"))
    assert.isTrue(verification.ok)
    assert.strictEqual(verification.lines, system.lines)
    assert.isAbove(verification.windows.same, 0)
  })

  it("write the same alerts of the same lines, whatever the prefix", async () => {
    const [none, a, b] = await Promise.all(systems.map((system) => on(system, "alerts", "--json")))
    assert.isNotEmpty(none)
    assert.isNotEmpty(b)
    assert.strictEqual(a, none)
    assert.notStrictEqual(b, none)
  })

  it.each(systems)("$name: status counts its own lines and shows its own thresholds", async (system) => {
    const status = JSON.parse(await statusOf(system))
    assert.include(JSON.stringify(status.seuils ?? status), system.seuil)
    assert.isAbove(status.logs.lastSeq, 0)
    assert.strictEqual(status.lagMessages, 0)
  })

  it.each(["en_GB.UTF-8", "fr_FR.UTF-8"])(
    "name their stream of lines in the words of status and explain: %s",
    async (LC_ALL) => {
      const look = async (...args: ReadonlyArray<string>) =>
        (await chaussettes([...args, "--server", server.url, "--prefix", "b"], { cwd: folder, env: { LC_ALL } })).output
      assert.match(await look("status"), /\bb_LOGS\b/)
      const [{ id }] = (await look("alerts", "--json")).split("\n").map((line) => JSON.parse(line || "null"))
      assert.match(await look("explain", id), /\bb_LOGS\b/)
    }
  )

  it.skipIf(!existsSync(page))("tell the page what its stream of lines is called", async () => {
    const pageOf = async (system: System) => {
      const args = ["dashboard", "--port", "0", "--server", server.url, ...system.flags]
      const dashboard = startChaussettes(args, { cwd: folder })
      const url = await until("the page is there", () => /http:\/\/[\d.:]+\d/.exec(dashboard.output())?.[0], {
        seen: dashboard.output
      })
      const html = await (await fetch(url)).text()
      await dashboard.stop()
      return html
    }
    assert.include(await pageOf(systems[2]), '<meta name="logs-stream" content="b_LOGS" />')
    assert.notInclude(await pageOf(systems[0]), "logs-stream")
  })

  it.skipIf(!hasNatsCli)("stand under names and subjects that the stock CLI reads", async () => {
    const cli = (...args: ReadonlyArray<string>) => succeeded(nats(["--server", server.url, ...args]))
    assert.strictEqual((await cli("kv", "get", "b_seuils", "global", "--raw")).trim(), "0.022")
    assert.strictEqual((await cli("kv", "get", "seuils", "global", "--raw")).trim(), "0.11")
    const names = JSON.parse(await cli("stream", "ls", "--all", "--json")) as ReadonlyArray<string>
    const own = ["LOGS", "WINDOWS", "ALERTS", "INCIDENTS", "ACTS", "REJECTS"]
    const buckets = ["seuils", "rules", "incidents", "detector", "notify"]
    assert.sameMembers(
      [...names],
      ["", "a_", "b_"].flatMap((p) => [...own.map((name) => p + name), ...buckets.map((name) => `KV_${p}${name}`)])
    )
    const subjectsOf = async (stream: string) =>
      Object.keys(JSON.parse(await cli("stream", "subjects", stream, "--json")))
    assert.deepStrictEqual(await subjectsOf("b_LOGS"), ["b.logs.web"])
    assert.deepStrictEqual(await subjectsOf("b_WINDOWS"), ["b.windows.decided"])
    for (const subject of await subjectsOf("a_ALERTS")) assert.match(subject, /^a\.alerts\.(global|ip|url)\.\w+$/)
    const { config } = JSON.parse(await cli("stream", "info", "a_LOGS", "--json"))
    assert.strictEqual(config.max_age, 7 * 86_400e9)
  })

  it("goes on in each where it left off, with --resume and with a second run of the detector", async () => {
    const [, , b] = systems
    const file = join(folder, "b.log")
    writeFileSync(file, `${log.slice(0, 3_500).join("\n")}\n`, "latin1")
    await on(b, "replay", "--source", "web", "--resume", file)
    await on(b, "detect", "--until-caught-up", ...settings)
    const verification = JSON.parse(await on(b, "verify", "--json"))
    assert.deepInclude(verification, { ok: true, lines: 3_500 })
    assert.strictEqual(JSON.parse(await on(systems[1], "verify", "--json")).lines, 2_000)
  })

  it.skipIf(!hasNatsCli)("keep lines that cannot be used to themselves", async () => {
    const cli = (...args: ReadonlyArray<string>) => succeeded(nats(["--server", server.url, ...args]))
    const rejects = async (stream: string) => JSON.parse(await cli("stream", "subjects", stream, "--json"))
    const before = await rejects("REJECTS")
    await cli("pub", "b.logs.other", "no line of a log")
    await on(systems[2], "detect", "--until-caught-up", ...settings)
    assert.deepStrictEqual(Object.keys(await rejects("b_REJECTS")), ["b.rejects.truncated"])
    assert.deepStrictEqual(await rejects("REJECTS"), before)
  })

  it.skipIf(!hasNatsCli)("answer under a name each as services", async () => {
    const [, , b] = systems
    const detector = startChaussettes(["detect", "--http-port", "0", "--server", server.url, ...b.flags, ...settings], {
      cwd: folder
    })
    const ask = async (subject: string) =>
      (await nats(["--server", server.url, "request", subject, "", "--raw", "--timeout", "1s"])).stdout
    await until("the detector of b answers", async () => (await ask("b.chaussettes.detector.ready")).includes("ready"))
    assert.include(await ask("$SRV.PING.b_chaussettes-detector"), '"name":"b_chaussettes-detector"')
    assert.strictEqual(await ask("chaussettes.detector.ready"), "")
    assert.strictEqual(JSON.parse(await statusOf(b)).detector.state, "running")
    await detector.stop()
  })
})

describe("the prefix", () => {
  const file = join(folder, "prefixed.toml")
  beforeAll(() => writeFileSync(file, '[nats]\nprefix = "file"\n'))

  it.each([
    ["the flag", "flag", ["--prefix", "flag"], {}],
    ["the flag before the command", "first", [], {}, ["--prefix", "first"]],
    ["the environment", "env", [], { CHAUSSETTES_PREFIX: "env" }],
    ["the configuration", "file", ["--config", file], {}],
    ["the environment over the configuration", "over", ["--config", file], { CHAUSSETTES_PREFIX: "over" }],
    ["the flag over both", "both", ["--config", file, "--prefix=both"], { CHAUSSETTES_PREFIX: "env" }]
  ] as ReadonlyArray<[string, string, ReadonlyArray<string>, NodeJS.ProcessEnv, ReadonlyArray<string>?]>)(
    "comes from %s",
    async (_, prefix, after, env, before = []) => {
      const ran = await succeeded(
        chaussettes([...before, "init", "--server", server.url, ...after], { cwd: folder, env })
      )
      assert.match(ran, new RegExp(`^${prefix}_LOGS +(created|unchanged)$`, "m"))
      assert.match(ran, new RegExp(`^KV_${prefix}_seuils +(created|unchanged)$`, "m"))
    }
  )

  it.each([
    ["--prefix", ["--prefix", "a.b"], {}],
    ["--prefix", ["--prefix="], {}],
    ["the variable CHAUSSETTES_PREFIX", [], { CHAUSSETTES_PREFIX: "a b" }],
    ["--prefix", ["--prefix", "x".repeat(33)], {}]
  ] as ReadonlyArray<[string, ReadonlyArray<string>, NodeJS.ProcessEnv]>)(
    "that cannot be one is refused with one sentence: of %s %j",
    async (from, args, env) => {
      const ended = await chaussettes(["status", ...args], { cwd: folder, env })
      oneSentence(ended, new RegExp(`^The prefix ".*" of ${from} cannot be used: a prefix is up to 32 letters`))
    }
  )

  it.each(["logs", "KV_x"])("that leads into other names is refused: %s", async (prefix) => {
    const ended = await chaussettes(["status", "--prefix", prefix], { cwd: folder })
    oneSentence(ended, /it is a prefix of Chaussettes' or NATS' own names\.$/)
  })

  it.each(["start", "install", "credentials"])("is refused by %s, which makes a server", async (name) => {
    const ended = await chaussettes([name, "--prefix", "shop"], { cwd: folder })
    oneSentence(
      ended,
      new RegExp(`^\`chaussettes ${name}\` sets up a server for one system, .*remove .*nats\\.prefix\\.$`)
    )
    assert.isFalse(existsSync(join(folder, ".chaussettes")))
  })

  it("stands in what is said: a stream that is missing, and a limit of none", async () => {
    const missing = await chaussettes(["alerts", "--prefix", "nobody", "--server", server.url], { cwd: folder })
    assert.strictEqual(missing.code, 1)
    assert.match(missing.stderr, /nobody_(ALERTS|WINDOWS|LOGS)/)
    const limit = await chaussettes(["init", "--prefix", "nobody", "--limit", "LOG.age=1d", "--server", server.url])
    oneSentence(limit, /there is no stream LOG; there are nobody_LOGS, /)
  })

  it("is shown by `config` with where it comes from", async () => {
    const shown = JSON.parse(await succeeded(chaussettes(["config", "--json", "--config", file], { cwd: folder })))
    assert.deepStrictEqual(shown["nats.prefix"], { value: "file", from: `file ${file}` })
  })
})
