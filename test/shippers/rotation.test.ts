import { spawn, spawnSync } from "node:child_process"
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { projectFolder, until } from "@chaussettes/testing"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "@effect/vitest"
import { type LogsServer, startLogs } from "../../apps/generator/test/process/tools.ts"
import { lineAt } from "./support.ts"

/* `tail -F … | chaussettes replay -` while the file is rotated, as logrotate does it. */

const main = join(projectFolder, "apps", "cli", "src", "main.ts")

describe("tail -F into replay", () => {
  let server: LogsServer
  let folder: string
  let run: { readonly pid: number; readonly stderr: () => string; readonly ended: Promise<number | string> } | undefined
  let next = 0

  beforeAll(async () => {
    server = await startLogs()
    folder = mkdtempSync(join(tmpdir(), "chaussettes-rotation-"))
    writeFileSync(join(folder, "chaussettes"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, {
      mode: 0o755
    })
  })
  afterEach(async () => {
    // A group of its own, so that tail goes as well.
    if (run !== undefined) process.kill(-run.pid, "SIGTERM")
    await run?.ended
    run = undefined
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What the unit starts, with this `chaussettes` on PATH. */
  const follow = (log: string) => {
    const unit = readFileSync(join(projectFolder, "deploy/systemd/chaussettes-replay@.service"), "utf8")
    const script = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(unit)![1]!.replaceAll("%i", "web")
    const child = spawn("/bin/sh", ["-c", script], {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
      env: { PATH: `${folder}:${process.env.PATH}`, LOG_FILE: log, NATS_URL: server.url }
    })
    let stderr = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    const ended = new Promise<number | string>((resolve) =>
      child.once("close", (code, signal) => resolve(code ?? signal!))
    )
    run = { pid: child.pid!, stderr: () => stderr, ended }
  }

  const held = async () =>
    (await server.held())
      .toString()
      .split("\n")
      .filter((line) => line !== "")
  const write = (log: string, n: number): ReadonlyArray<string> => {
    const lines = Array.from({ length: n }, () => lineAt(next++))
    appendFileSync(log, lines.map((line) => `${line}\n`).join(""))
    return lines
  }
  it.each([
    [
      "renamed, and a new file made",
      (log: string) => {
        renameSync(log, `${log}.1`)
        writeFileSync(log, "")
      }
    ],
    [
      "copied and cut to nothing (copytruncate)",
      (log: string) => {
        copyFileSync(log, `${log}.1`)
        truncateSync(log, 0)
      }
    ]
  ])("loses no line and sends none twice when the file is %s", { timeout: 90_000 }, async (_, rotate) => {
    const log = join(folder, `${next}.log`)
    writeFileSync(log, "an old line, that was there before\n")
    const before = (await held()).length
    follow(log)
    // tail has no way to say that it follows: write until something comes.
    const all: Array<string> = []
    await until("the first line", async () => {
      all.push(...write(log, 1))
      await delay(200)
      return (await held()).length > before
    })
    for (let rotation = 0; rotation < 2; rotation++) {
      all.push(...write(log, 50))
      const file = `${log}.1`
      // Cutting a file takes what was not read yet: logrotate's copytruncate has that window, renaming has not.
      await until("what was written", async () => (await held()).at(-1) === all.at(-1), {
        seen: () => run!.stderr()
      })
      rotate(log)
      if (rotate.toString().includes("renameSync")) {
        // The server still has the old file open and writes to it once more.
        all.push(...write(file, 3))
        await delay(500)
        all.push(...write(file, 3))
      }
      all.push(...write(log, 50))
      await until("what was written after it", async () => (await held()).at(-1) === all.at(-1), {
        seen: () => run!.stderr()
      })
    }
    const lines = (await held()).slice(before)
    // Of the first ones, tail may have begun behind some: what came is all from there on, each once and in order.
    const from = all.indexOf(lines[0]!)
    assert.isAtLeast(from, 0)
    assert.deepStrictEqual(lines, all.slice(from))
  })

  it("ends when replay does, so that a supervisor can start both again", { timeout: 60_000 }, async () => {
    const log = join(folder, "ends.log")
    writeFileSync(log, "")
    follow(log)
    const shell = run!
    const replay = await until("replay to run", () => {
      const rows = spawnSync("ps", ["-A", "-o", "pid=,pgid=,args="], { encoding: "utf8" }).stdout.split("\n")
      const row = rows.find(
        (text) => text.includes(`${shell.pid}`) && text.includes("replay -") && !text.includes("tail")
      )
      return row === undefined ? undefined : Number(row.trim().split(/\s+/)[0])
    })
    process.kill(replay, "SIGKILL")
    assert.notStrictEqual(await shell.ended, 0)
    run = undefined
  })
})
