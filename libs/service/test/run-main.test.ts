import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { hasProgram, start as startProgram, until } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"
import { fixtureFile, ran, start } from "./program.ts"

describe("a command line", () => {
  it.each([
    ["a failure", ["fail"], 1, "The disk is full. Make room.\n"],
    ["wrong usage that the command found", ["misuse"], 2, "Give a file or -.\n"],
    [
      "a server's refusal",
      ["refused"],
      1,
      "The alerts was refused: permissions violation. Give the operator's credentials.\n"
    ],
    [
      "an unknown flag",
      ["connect", "--pasword", "x"],
      2,
      "Unrecognized flag: --pasword in command sample connect. Did you mean --password? See `sample connect --help`.\n"
    ],
    [
      "an unknown command",
      ["conect"],
      2,
      'Unknown subcommand "conect" for "sample". Did you mean connect? See `sample --help`.\n'
    ],
    [
      "a bad value",
      ["serve", "--http-port", "70000"],
      2,
      'Invalid value for flag --http-port: "70000". Expected: a port from 0 to 65535. See `sample serve --help`.\n'
    ]
  ] as ReadonlyArray<[string, ReadonlyArray<string>, number, string]>)(
    "ends %s with one sentence",
    async (_, args, code, sentence) => {
      const ended = await ran(args)
      assert.deepStrictEqual({ code: ended.code, stderr: ended.stderr }, { code, stderr: sentence })
      assert.strictEqual(ended.stdout, "")
    }
  )

  it("calls a defect an internal error, and shows its stack only when asked to", async () => {
    const ended = await ran(["die"])
    assert.strictEqual(ended.code, 1)
    assert.match(ended.stderr, /^Internal error: x is not a function\..*\n$/)
    assert.match((await ran(["die"], { env: { LOG_LEVEL: "debug" } })).stderr, /at .*fixture\.ts/)
  })

  it("prints help and version on stdout and ends with 0", async () => {
    const version = await ran(["--version"])
    assert.deepInclude(version, { code: 0, stdout: "1.2.3\n", stderr: "" })
    const help = await ran(["connect", "--help"])
    assert.strictEqual(help.code, 0)
    assert.match(help.stdout, /--server, -s url/)
  })

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("drains on %s and ends with 0", async (signal) => {
    const program = start(["serve"])
    await until("it serves", () => program.stderr().includes('"serving"'))
    program.child.kill(signal)
    assert.strictEqual(await program.ended, 0)
    assert.match(program.stderr(), /"message":"drained"/)
  })

  it.each([
    ["as a shell calls it", { _: "/usr/bin/nohup" }, ""],
    ["by its standard input", { _: "/bin/sh" }, "0>/dev/null"]
  ])("goes on when its terminal is closed under nohup, known %s", async (_, env, redirection) => {
    const script = `exec "$0" "$@" ${redirection}`
    const program = startProgram("sh", ["-c", script, process.execPath, fixtureFile, "serve"], { env })
    await until("it serves", () => program.stderr().includes('"serving"'))
    program.child.kill("SIGHUP")
    assert.strictEqual(await Promise.race([program.ended, delay(500, "goes on")]), "goes on")
    program.child.kill("SIGTERM")
    assert.strictEqual(await program.ended, 0)
  })

  it.skipIf(!hasProgram("script"))("ends drained and well when the terminal that it prints to is closed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "chaussettes-terminal-"))
    const file = join(folder, "code")
    // The shell outlives the terminal, which goes with `script`, to tell how the program has ended.
    const command = `trap : HUP; "${process.execPath}" "${fixtureFile}" follow; echo $? > "${file}"`
    const script = startProgram("script", ["-qfc", command, "/dev/null"])
    await until("it prints", () => script.stdout().includes("a line"))
    script.child.kill("SIGKILL")
    const code = () => (existsSync(file) ? readFileSync(file, "utf8").trim() || undefined : undefined)
    assert.strictEqual(await until("it has ended", code), "0")
    rmSync(folder, { recursive: true })
  })

  const disk = "Cannot write to standard output: the disk is full. Make room there, or send it elsewhere.\n"

  it.each([
    ["a result", ["connect"], disk],
    ["the help", ["--help"], disk],
    ["what is printed for ever", ["follow"], `{"message":"drained"${disk}`]
  ])("fails with one sentence where %s is printed to a full disk", async (_, args, said) => {
    const full = openSync("/dev/full", "w")
    const ended = await ran(args, { stdout: full, env: { NATS_URL: "nats://127.0.0.1:1" } })
    closeSync(full)
    const stderr = ended.stderr.replace(/(?<="drained").*\n/, "")
    assert.deepStrictEqual({ code: ended.code, stderr }, { code: 1, stderr: said })
  })

  it("ends drained when the process that supervises it is gone", async () => {
    const program = start(["serve"], { env: { CHAUSSETTES_SUPERVISED: "1" } })
    await until("it serves", () => program.stderr().includes('"serving"'))
    program.child.stdin?.end()
    assert.strictEqual(await program.ended, 0)
    assert.match(program.stderr(), /"message":"drained"/)
  })

  it("logs one line of JSON a message where stderr is no terminal, at the level asked for", async () => {
    const program = start(["serve"], { env: { LOG_LEVEL: "error" } })
    program.child.stdin?.write("\n")
    program.child.kill("SIGTERM")
    await program.ended
    assert.strictEqual(program.stderr(), "")
  })
})
