import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chaussettes, mainFile, startChaussettes, start as startProgram, until } from "@chaussettes/testing"
import { assert, describe, it, onTestFinished } from "@effect/vitest"
import { hasRoom, saysDiskWasFull } from "../src/start/full-disk.ts"

const mib = 2 ** 20

describe("whether a server is started again behind a full disk", () => {
  const log = [
    "[7] 2026/11/27 11:14:41 [ERR] Filestore [LOGS] Critical write error: write /x/1.blk: no space left on device",
    "[8] 2026/11/27 11:15:00 [INF] Server is ready",
    "[8] 2026/11/27 11:15:02 [ERR] user - Publish Violation"
  ].join("\n")

  it("is known by what this process has said, not one before it", () => {
    assert.isTrue(saysDiskWasFull(log, 7))
    assert.isFalse(saysDiskWasFull(log, 8))
    assert.isTrue(saysDiskWasFull(`${log}\n[8] x write /x/1.blk: disk quota exceeded`, 8))
  })

  it.each([
    [0, 100 * mib, false],
    [4 * mib, 100 * mib, false],
    [6 * mib, 100 * mib, true],
    [60 * mib, 100_000 * mib, false],
    [70 * mib, 100_000 * mib, true]
  ])("%d free bytes of %d: %s", (freeBytes, totalBytes, enough) =>
    assert.strictEqual(hasRoom({ freeBytes, totalBytes }), enough)
  )
})

/** A disk of its own, seen by the program alone, needs a namespace of its own. */
const canMount = spawnSync("unshare", ["-Urm", "true"]).status === 0

const onSmallDisk = (disk: string, args: ReadonlyArray<string>) => {
  const script = 'mount -t tmpfs -o size=24m tmpfs "$0" && exec "$@"'
  return startProgram("unshare", ["-Urm", "sh", "-c", script, disk, process.execPath, mainFile, ...args])
}

/** Fills the disk, as the program sees it; answers the file to remove. */
const filled = (pid: number, disk: string): string => {
  const filler = join(`/proc/${pid}/root`, disk, "filler")
  try {
    writeFileSync(filler, Buffer.alloc(64 * mib))
  } catch (error) {
    assert.strictEqual((error as NodeJS.ErrnoException).code, "ENOSPC")
  }
  return filler
}

describe.skipIf(!canMount)("chaussettes start on a disk that fills up", () => {
  const beginOnSmallDisk = async () => {
    const disk = mkdtempSync(join(tmpdir(), "chaussettes-small-disk-"))
    onTestFinished(() => rmSync(disk, { recursive: true, force: true }))
    const args = [
      "start",
      "--dir",
      join(disk, "state"),
      "--nats-port",
      "0",
      "--port",
      "0",
      "--metrics-port",
      "0",
      "--rate",
      "500"
    ]
    const start = onSmallDisk(disk, args)
    onTestFinished(async () => void (await start.stop("SIGINT")))
    await until("it runs", () => /Running\./.test(start.stderr()), { limitMs: 60_000, seen: start.output })
    const filler = filled(start.pid, disk)
    await until("lines wait", () => /LOGS does not acknowledge/.test(start.stderr()), {
      limitMs: 60_000,
      seen: start.output
    })
    return { start, filler }
  }

  it("starts the server again when there is room, and goes on", async () => {
    const { start, filler } = await beginOnSmallDisk()
    const before = start.stdout().length
    rmSync(filler)
    await until(
      "the server is started again",
      () => /the disk has room again: restarting nats-server/.test(start.stderr()),
      {
        limitMs: 30_000,
        seen: start.output
      }
    )
    await until("alerts come again", () => start.stdout().length > before, { limitMs: 60_000, seen: start.output })
    start.child.kill("SIGINT")
    assert.strictEqual(await start.ended, 0)
  }, 180_000)

  it("ends within seconds on Ctrl-C while it is full", async () => {
    const { start } = await beginOnSmallDisk()
    const askedMs = performance.now()
    start.child.kill("SIGINT")
    assert.strictEqual(await start.ended, 0)
    assert.isBelow(performance.now() - askedMs, 8_000)
  }, 180_000)
})

describe.skipIf(!canMount)("chaussettes serve", () => {
  it("starts the server again when a disk that was full has room again", async () => {
    const disk = mkdtempSync(join(tmpdir(), "chaussettes-served-disk-"))
    onTestFinished(() => rmSync(disk, { recursive: true, force: true }))
    const config = join(tmpdir(), `chaussettes-served-${process.pid}.conf`)
    onTestFinished(() => rmSync(config, { force: true }))
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, "127.0.0.1", () => {
        const { port } = probe.address() as AddressInfo
        probe.close(() => resolve(port))
      })
    })
    writeFileSync(config, `listen: 127.0.0.1:${port}\njetstream { max_file_store: 64GB }\n`)
    const served = onSmallDisk(disk, ["serve", "--nats-config", config, "--store", join(disk, "store")])
    onTestFinished(async () => void (await served.stop("SIGINT")))
    const says = (what: string, words: RegExp) =>
      until(what, () => words.test(served.stderr()), { limitMs: 30_000, seen: served.output })
    await says("it is ready", /Server is ready/)
    const url = `nats://127.0.0.1:${port}`
    assert.strictEqual((await chaussettes(["init", "--server", url])).code, 0)
    const writing = startChaussettes(["generate", "--output", "nats", "--rate", "500", "--server", url])
    onTestFinished(async () => void (await writing.stop("SIGKILL")))
    const filler = filled(served.pid, disk)
    await says("a write has met the full disk", /no space left on device/)
    rmSync(filler)
    await says("it is started again", /the disk has room again: restarting nats-server/)
    await writing.stop("SIGKILL")
    const after = await chaussettes(["generate", "--output", "nats", "--count", "10", "--server", url])
    assert.strictEqual(after.code, 0, after.output)
    served.child.kill("SIGTERM")
    assert.strictEqual(await served.ended, 0)
  }, 120_000)
})
