import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { projectFolder, run, start, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { selfExtracting } from "../../scripts/package/archive.ts"
import { makeNpmPackage } from "../../scripts/package/npm.ts"

/* What people get: the npm package in an empty prefix, whose path has a space, and the file that unpacks itself. */

const folder = mkdtempSync(join(tmpdir(), "chaussettes package-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const isBuilt = existsSync(join(projectFolder, "dist", "chaussettes.mjs"))
const isRoot = process.getuid?.() === 0

/** Without a home, as a number that no list of users knows. */
const asStranger = (command: string, args: ReadonlyArray<string>) =>
  spawnSync(command, args, { encoding: "utf8", uid: 54_321, gid: 54_321, cwd: "/", env: { PATH: process.env.PATH } })

describe.skipIf(!isBuilt)("the npm package", () => {
  const prefix = join(folder, "empty prefix")
  const command = join(prefix, "bin", "chaussettes")
  const ownNode = { PATH: `${dirname(process.execPath)}:${process.env.PATH}` }

  beforeAll(async () => {
    const { path, bytes } = makeNpmPackage()
    assert.isBelow(bytes, 2 * 2 ** 20)
    const installed = await run("npm", [
      "install",
      "--global",
      "--offline",
      "--ignore-scripts",
      "--prefix",
      prefix,
      path
    ])
    assert.strictEqual(installed.code, 0, installed.output)
    chmodSync(folder, 0o755)
  }, 120_000)

  it("brings the command alone: version and help, by the Node that is there", async () => {
    const version = await run(command, ["--version"], { env: ownNode })
    assert.deepStrictEqual([version.code, version.stderr], [0, ""])
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
    const help = await run(command, ["--help"], { env: ownNode })
    assert.include(help.stdout, "install")
  })

  it("analyzes a file", async () => {
    const ended = await run(command, ["analyze", join(projectFolder, "testdata", "elastic-apache-10k.log")], {
      env: ownNode
    })
    assert.strictEqual(ended.code, 0)
    assert.include(ended.stderr, "22 alerts: 20 global, 2 by IP, 0 by URL")
  })

  it("starts everything, to an alert", async () => {
    const ports = ["--nats-port", "0", "--port", "0", "--metrics-port", "0"]
    const started = start(command, ["start", "--dir", join(folder, "state"), "--rate", "100", ...ports], {
      env: ownNode
    })
    await until("an alert", () => /requests failed/.test(started.stdout()), { limitMs: 60_000, seen: started.output })
    assert.strictEqual(await started.stop("SIGINT"), 0)
  }, 120_000)

  it.skipIf(!isRoot)("works for a user whom nobody knows, without a home", () => {
    const ended = asStranger(process.execPath, [
      join(prefix, "lib", "node_modules", "chaussettes", "dist", "chaussettes.mjs"),
      "--version"
    ])
    assert.deepStrictEqual([ended.status, ended.stderr], [0, ""])
    const named = asStranger(process.execPath, [
      join(prefix, "lib", "node_modules", "chaussettes", "dist", "chaussettes.mjs"),
      "status",
      "--context",
      "mine"
    ])
    assert.notStrictEqual(named.status, 0)
    assert.match(named.stderr, /^This user \(54321\) has no home folder\. Set HOME or XDG_CONFIG_HOME .*\.\n$/)
  })

  const oldNode = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => {
    const { stdout } = spawnSync(path, ["-p", "process.versions.node"], { encoding: "utf8" })
    return stdout !== null && Number.parseInt(stdout, 10) < 22
  })
  it.skipIf(oldNode === undefined)("says what an older Node is to do", async () => {
    const ended = await run(oldNode!, [join(prefix, "lib", "node_modules", "chaussettes", "dist", "chaussettes.mjs")])
    assert.strictEqual(ended.code, 1)
    assert.match(ended.stderr, /^Chaussettes needs Node 22\.15 or later and this is .*\.\n$/)
  })
})

describe("the build", () => {
  it.skipIf(!isBuilt)("keeps the command's run bit", () => {
    assert.notStrictEqual(statSync(join(projectFolder, "dist", "chaussettes.mjs")).mode & 0o111, 0)
  })
})

describe("the file that unpacks itself", () => {
  /** A file with a program whose Node ends as given. */
  const file = (name: string, nodeEndsWith: number): string => {
    const program = join(folder, name, "program")
    mkdirSync(program, { recursive: true })
    writeFileSync(join(program, "node"), `#!/bin/sh\nexit ${nodeEndsWith}\n`, { mode: 0o755 })
    writeFileSync(join(program, "chaussettes"), '#!/bin/sh\nprintf "%s|" "$@"\n', { mode: 0o755 })
    const path = join(folder, name, "a file")
    writeFileSync(path, selfExtracting(program, "1.2.3"), { mode: 0o755 })
    return path
  }
  const cache = (name: string) => ({ env: { XDG_CACHE_HOME: join(folder, name, "cache of mine") } })

  it("runs what is in it, with its arguments as they are; twice at once, too", async () => {
    const path = file("two", 0)
    const both = await Promise.all([0, 1].map(() => run(path, ["analyze", "a b", "*"], cache("two"))))
    assert.deepStrictEqual(
      both.map(({ code, stdout, stderr }) => [code, stdout, stderr]),
      [
        [0, "analyze|a b|*|", ""],
        [0, "analyze|a b|*|", ""]
      ]
    )
  })

  it("says that it needs glibc where its Node does not run, and leaves nothing", async () => {
    const ended = await run(file("musl", 127), ["--version"], cache("musl"))
    assert.strictEqual(ended.code, 1)
    assert.match(ended.stderr, /^The Node that Chaussettes brings does not run here: .*glibc .* with npm\.\n$/)
    const again = await run("ls", [join(folder, "musl", "cache of mine", "chaussettes")])
    assert.strictEqual(again.stdout, "")
  })

  it.skipIf(!isRoot)("says where it can be unpacked, to a user without a home", () => {
    const path = file("homeless", 0)
    chmodSync(folder, 0o755)
    const ended = asStranger(path, ["--version"])
    assert.strictEqual(ended.status, 1)
    assert.match(ended.stderr, /^This user has no home folder\. Set XDG_CACHE_HOME .*\.\n$/)
  })

  it("unpacks to a folder that is named, and not over one", async () => {
    const [path, to] = [file("named", 0), join(folder, "named", "opt")]
    assert.strictEqual((await run(path, ["--unpack", to])).stdout, `${to}/chaussettes\n`)
    const again = await run(path, ["--unpack", to])
    assert.match(again.stderr, /something of that name already exists\.\n$/)
    assert.strictEqual(again.code, 1)
  })
})
