import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Command, Flag } from "effect/cli"
import { roleOf } from "../src/configuration/nats-context.ts"
import { loadConfiguration, natsFlags, operationsFlags, withConfigured } from "../src/index.ts"
import { ran } from "./program.ts"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-config-"))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const file = (text: string, name = `${files++}.toml`): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const root = Command.make("sample").pipe(
  Command.withSubcommands([
    Command.make("detect", {
      window: Flag.String("window").pipe(Flag.withDefault("10s")),
      dry: Flag.Boolean("dry-run").pipe(Flag.withAlias("n"), Flag.withDefault(false)),
      incident: Flag.String("incident").pipe(Flag.atLeast(0)),
      nats: natsFlags,
      operations: operationsFlags
    }),
    Command.make("thresholds").pipe(
      Command.withSubcommands([Command.make("what-if", { ip: Flag.String("ip").pipe(Flag.optional) })])
    )
  ])
)

const resolved = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}) =>
  withConfigured(loadConfiguration(root, args, env), args).args

const refusal = (text: string, name?: string): string => {
  try {
    loadConfiguration(root, ["--config", file(text, name)], {})
  } catch (error) {
    return (error as Error).message
  }
  throw new Error("it was accepted")
}

describe("flags over environment over file", () => {
  const config = file('[detect]\nwindow = "1m"\ndry-run = true\nincident = ["a", "b"]\n')
  const args = ["--config", config, "detect"]

  it("adds what only the file says", () => {
    assert.deepStrictEqual(resolved(args), [...args, "--window=1m", "--dry-run=true", "--incident=a", "--incident=b"])
  })

  it("takes the environment before the file", () => {
    assert.include(resolved(args, { CHAUSSETTES_DETECT_WINDOW: "5m" }), "--window=5m")
    assert.include(resolved(args, { CHAUSSETTES_WINDOW: "6m" }), "--window=6m")
    assert.include(resolved(args, { CHAUSSETTES_WINDOW: "6m", CHAUSSETTES_DETECT_WINDOW: "5m" }), "--window=5m")
  })

  it.each([
    [["--window", "2m"], "--window=1m"],
    [["--window=2m"], "--window=1m"],
    [["--no-dry-run"], "--dry-run=true"],
    [["-n"], "--dry-run=true"]
  ])("leaves a flag that is given as %j", (given, never) => {
    assert.notInclude(resolved([...args, ...given]), never)
  })

  it("finds the settings of a command below a command", () => {
    const nested = ["--config", file('[thresholds.what-if]\nip = "0.4"\n'), "thresholds", "what-if"]
    assert.deepStrictEqual(resolved(nested), [...nested, "--ip=0.4"])
  })

  it("takes CHAUSSETTES_CONFIG for --config, and JSON for TOML", () => {
    const json = file('{"detect": {"window": "3m"}}', "c.json")
    assert.include(resolved(["detect"], { CHAUSSETTES_CONFIG: json }), "--window=3m")
  })
})

describe("a configuration file that is not right", () => {
  it("names the unknown key and the nearest known one", () => {
    assert.match(refusal('[detect]\nwindwo = "1m"\n'), /unknown setting detect\.windwo\. Did you mean detect\.window\?/)
  })

  it.each([
    ["is not well formed", "[detect\n"],
    ["is not a text, a number, true or false", "[detect]\nwindow = [[1]]\n"]
  ])("%s", (words, text) => {
    assert.include(refusal(text), words)
  })

  it("is not there", () => {
    assert.throws(
      () => loadConfiguration(root, ["--config", join(folder, "none.toml")], {}),
      /none\.toml: it does not exist\. Give another with --config/
    )
  })
})

describe("beside a local start", () => {
  const beside = mkdtempSync(join(tmpdir(), "chaussettes-beside-"))
  mkdirSync(join(beside, ".chaussettes", "credentials"), { recursive: true })
  writeFileSync(
    join(beside, ".chaussettes", "credentials", "dashboard.json"),
    '{"url": "nats://127.0.0.1:4333", "user": "dashboard", "password": "x"}'
  )
  afterAll(() => rmSync(beside, { recursive: true }))
  const userOf = async (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}) => {
    const ended = await ran(["connect", ...args], { cwd: beside, env })
    return (JSON.parse(ended.stdout) as { user: { value?: string } }).user.value
  }

  it("connects as the role that the command has there", async () => {
    assert.strictEqual(await userOf([]), "dashboard")
  })

  it("is the operator only where a command writes what the operator alone may write", () => {
    for (const act of ["ack", "silence", "note", "maintenance", "lift"])
      assert.strictEqual(roleOf(["incidents", act]), "operator")
    for (const look of [["incidents"], ["incidents", "acts"], ["incidents", "what-if"], ["status"]])
      assert.strictEqual(roleOf(look), "dashboard")
    assert.strictEqual(roleOf(["thresholds", "set"]), "thresholds")
  })

  it("takes nothing from there when a connection is given", async () => {
    assert.isUndefined(await userOf(["--server", "nats://other:4222"]))
    assert.isUndefined(await userOf([], { NATS_URL: "nats://other:4222" }))
  })
})

describe("connecting", () => {
  const connectionOf = async (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv) => {
    const ended = await ran(["connect", ...args], { env, cwd: folder })
    assert.strictEqual(ended.code, 0, ended.stderr)
    return JSON.parse(ended.stdout) as {
      server: string
      user: { value?: string }
      inboxPrefix: { value?: string }
      jetstreamDomain: { value?: string }
      jetstreamApiPrefix: { value?: string }
      tlsFirst: boolean
    }
  }
  const context = file(
    '{"url": "nats://there:4222", "user": "operator", "inbox_prefix": "_INBOX_operator"}',
    "there.json"
  )

  it("takes a context of the nats CLI, whole", async () => {
    const connection = await connectionOf([], { NATS_CONTEXT: context })
    assert.strictEqual(connection.server, "nats://there:4222")
    assert.strictEqual(connection.user.value, "operator")
    assert.strictEqual(connection.inboxPrefix.value, "_INBOX_operator")
  })

  it("takes where JetStream is and how the handshake begins from the context, and from flags before it", async () => {
    const hub = file('{"jetstream_domain": "hub", "tls_first": true, "description": "Ours", "nsc": ""}', "hub.json")
    const connection = await connectionOf([], { NATS_CONTEXT: hub })
    assert.deepInclude(connection, { tlsFirst: true })
    assert.strictEqual(connection.jetstreamDomain.value, "hub")
    const other = await connectionOf(["--js-domain", "other", "--no-tlsfirst"], { NATS_CONTEXT: hub })
    assert.deepInclude(other, { tlsFirst: false })
    assert.strictEqual(other.jetstreamDomain.value, "other")
    const prefix = file('{"jetstream_api_prefix": "hub.api"}', "prefix.json")
    assert.strictEqual((await connectionOf([], { NATS_CONTEXT: prefix })).jetstreamApiPrefix.value, "hub.api")
  })

  it.each([
    ["socks_proxy", '"socks5://proxy:1080"', /open a tunnel/],
    ["nsc", '"nsc://operator/account/user"', /nsc generate creds/],
    ["user_jwt", '"eyJ"', /credentials file/],
    ["user_seed", '"SU"', /credentials file/],
    ["windows_cert_store", '"user"', /cert, key and ca/],
    ["of_a_later_version", "7", /Leave it out/],
    ["tls_first", '{"after": "1s"}', /Leave it out/]
  ])("refuses a context with %s instead of passing it over", async (field, value, way) => {
    const path = file(`{"url": "nats://there:4222", ${JSON.stringify(field)}: ${value}}`, `${field}.json`)
    const ended = await ran(["connect"], { env: { NATS_CONTEXT: path }, cwd: folder })
    assert.strictEqual(ended.code, 2)
    assert.strictEqual(ended.stderr.trim().split("\n").length, 1)
    assert.include(ended.stderr, `The setting ${field} of the NATS context ${path} cannot be used here. `)
    assert.match(ended.stderr, way)
  })

  it("takes a variable before the context, and a flag before the variable", async () => {
    const env = { NATS_CONTEXT: context, NATS_URL: "nats://variable:4222" }
    assert.strictEqual((await connectionOf([], env)).server, "nats://variable:4222")
    assert.strictEqual((await connectionOf(["--server", "nats://flag:4222"], env)).server, "nats://flag:4222")
  })

  it("takes the file before the context", async () => {
    const config = file('[nats]\nurl = "nats://file:4222"\n')
    const connection = await connectionOf(["--config", config], { NATS_CONTEXT: context })
    assert.strictEqual(connection.server, "nats://file:4222")
  })
})
