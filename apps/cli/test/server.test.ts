import { execFileSync } from "node:child_process"
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { createServer, type Server } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { isAtLeast, parseVersion, platformName, release } from "../src/start/server/releases.ts"
import { findServer, type ServerSearch } from "../src/start/server/server.ts"
import { archive, type Way } from "../src/start/server/ways.ts"

const folder = mkdtempSync(join(tmpdir(), "chaussettes-server-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let programs = 0
/** A program that says that it is a nats-server of a version. */
const program = (version: string, at?: string): string => {
  const path = at ?? join(mkdtempSync(join(folder, "bin-")), "nats-server")
  writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`, { mode: 0o755 })
  programs++
  return path
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"))

/** A search in which nothing of this machine is found. */
const search = (parts: Partial<ServerSearch>): { readonly said: Array<string>; readonly search: ServerSearch } => {
  const said: Array<string> = []
  return {
    said,
    search: {
      named: undefined,
      path: "",
      cache: join(folder, `cache-${programs++}`),
      ways: [],
      say: (text) => said.push(text),
      ...parts
    }
  }
}

const found = (parts: Partial<ServerSearch>) => Effect.runPromise(findServer(search(parts).search))

const failure = async (parts: Partial<ServerSearch>): Promise<string> => {
  const exit = await Effect.runPromiseExit(Effect.flip(findServer(search(parts).search)))
  assert.isTrue(Exit.isSuccess(exit))
  return Exit.isSuccess(exit) ? exit.value.message : ""
}

const way = (name: string, version: string | undefined): Way => ({
  name,
  bring: (into) =>
    version === undefined
      ? Effect.fail("nobody answers")
      : Effect.sync(() => ({ binary: program(version, join(into, "nats-server")), from: name }))
})

describe("a nats-server", () => {
  it("is the one that came with the command, before any on PATH", async () => {
    const [came, other] = [program("2.15.0"), program("2.15.1")]
    assert.strictEqual((await found({ beside: came, path: folderOf(other) })).path, came)
    assert.strictEqual((await found({ beside: join(folder, "none"), path: folderOf(other) })).path, other)
    assert.strictEqual((await found({ named: other, beside: came })).path, other)
  })

  it("that is named is not run where other users can write it", async () => {
    const named = program("2.15.0")
    chmodSync(named, 0o777)
    assert.match(
      await failure({ named }),
      /^Refusing .*nats-server: other users can write it\. Run chmod go-w .*, or use another\.$/
    )
    chmodSync(named, 0o755)
    assert.strictEqual((await found({ named })).path, named)
  })

  it("that came with the command and does not run is told, and no other taken instead", async () => {
    const broken = join(folder, "broken-server")
    writeFileSync(broken, "#!/bin/sh\nexit 1\n", { mode: 0o755 })
    assert.match(
      await failure({ beside: broken, path: folderOf(program("2.15.0")) }),
      /broken-server cannot be used: .* Install Chaussettes again, or set NATS_SERVER_BIN\.$/
    )
  })

  it("is the one that NATS_SERVER_BIN names, and no other", async () => {
    const [mine, other] = [program("2.14.0"), program("2.15.0")]
    assert.strictEqual((await found({ named: mine, path: folderOf(other) })).path, mine)
    assert.match(
      await failure({ named: join(folder, "none"), path: folderOf(other) }),
      /^NATS_SERVER_BIN is .*none, which cannot be used: there is no .*\. Correct it or unset it\.$/
    )
    assert.match(
      await failure({ named: program("2.9.10"), path: folderOf(other) }),
      /^NATS_SERVER_BIN is nats-server 2\.9\.10, and 2\.12\.0 or later is needed/
    )
  })

  it("is the one on PATH when that is new enough", async () => {
    const path = program("2.12.0")
    assert.strictEqual((await found({ path: folderOf(path) })).from, "found on PATH")
  })

  it("is brought by the first way that answers, and kept for the next time", async () => {
    const cache = join(folder, "kept")
    const { said, search: first } = search({
      cache,
      path: folderOf(program("2.9.10")),
      ways: [way("archive", undefined), way("go", "2.15.2"), way("never asked", "1.0.0")]
    })
    const server = await Effect.runPromise(findServer(first))
    assert.deepStrictEqual({ version: server.version, from: server.from }, { version: "2.15.2", from: "go" })
    assert.match(said.join("\n"), /is 2\.9\.10, and 2\.12\.0 or later is needed.*set NATS_SERVER_BIN to use your own/)
    assert.match(said.join("\n"), /Trying archive\n {2}not from there: nobody answers\nTrying go$/)
    const again = search({ cache })
    assert.strictEqual((await Effect.runPromise(findServer(again.search))).path, server.path)
    assert.deepStrictEqual(again.said, [])
  })

  it("is not taken from the cache when it is not what was checked any more", async () => {
    const cache = join(folder, "changed")
    const server = await found({ cache, ways: [way("archive", "2.15.0")] })
    writeFileSync(server.path, `${readFileSync(server.path, "utf8")}# something else\n`)
    const again = search({ cache, ways: [way("archive", "2.15.1")] })
    assert.strictEqual((await Effect.runPromise(findServer(again.search))).version, "2.15.1")
  })

  it.each([
    ["its folder", (cache: string) => chmodSync(cache, 0o777)],
    ["its program", (cache: string) => chmodSync(join(cache, "nats-server"), 0o777)],
    ["its note", (cache: string) => chmodSync(join(cache, "source.json"), 0o666)],
    [
      "what it is a link to",
      (cache: string) => {
        renameSync(join(cache, "nats-server"), join(folder, "elsewhere"))
        chmodSync(join(folder, "elsewhere"), 0o777)
        symlinkSync(join(folder, "elsewhere"), join(cache, "nats-server"))
      }
    ]
  ])("is not taken from a cache of which others can write %s, though its sum is right", async (_, open) => {
    const cache = join(mkdtempSync(join(folder, "shared-")), "nats-server")
    await found({ cache, ways: [way("archive", "2.15.0")] })
    open(cache)
    assert.match(await failure({ cache, ways: [way("archive", "2.15.1")] }), /^Refusing .*: other users can write it/)
  })

  it("that was swapped for a link to another is brought again, and what the link leads to stays as it is", async () => {
    const cache = join(folder, "swapped")
    const server = await found({ cache, ways: [way("archive", "2.15.0")] })
    const other = program("2.14.0")
    const before = readFileSync(other, "utf8")
    rmSync(server.path)
    symlinkSync(other, server.path)
    assert.strictEqual((await found({ cache, ways: [way("archive", "2.15.1")] })).version, "2.15.1")
    assert.isFalse(lstatSync(server.path).isSymbolicLink())
    assert.strictEqual(readFileSync(other, "utf8"), before)
  })

  it.each([
    ["its note was cut off by a full disk", "source.json", '{"version":'],
    ["its note is gone", "source.json", undefined]
  ])("is brought again when %s", async (_, name, content) => {
    const cache = join(folder, `cut-${programs}`)
    await found({ cache, ways: [way("archive", "2.15.0")] })
    if (content === undefined) rmSync(join(cache, name))
    else writeFileSync(join(cache, name), content)
    assert.strictEqual((await found({ cache, ways: [way("archive", "2.15.1")] })).version, "2.15.1")
  })

  it("that cannot be kept ends in one sentence, too", async () => {
    const file = join(folder, "a-file")
    writeFileSync(file, "")
    assert.match(
      await failure({ cache: join(file, "cache"), ways: [way("archive", "2.15.0")] }),
      /archive: .*a-file\/cache cannot be written: a part of its path is not a directory/
    )
  })

  it("that cannot be had ends in one sentence with what each way said", async () => {
    assert.match(
      await failure({ ways: [way("archive", undefined), way("Debian", undefined)] }),
      /^No nats-server of 2\.12\.0 or later was found or could be fetched \(there is none on PATH; archive: nobody answers; Debian: nobody answers\)\. Install one, and set NATS_SERVER_BIN/
    )
  })
})

describe("the release archive", () => {
  let server: Server | undefined
  const mirror = (status: number, body: string | Uint8Array): Promise<string> =>
    new Promise((resolve) => {
      server = createServer((_, response) => response.writeHead(status).end(body))
      server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server!.address() as { port: number }).port}/`))
    })

  it.each([
    [200, "not what was released", /its SHA-256 differs/],
    [404, "", /the answer was 404/]
  ])("is refused when the mirror answers %i with %j", async (status, body, words) => {
    const url = await mirror(status, body)
    assert.match(await failure({ ways: [archive(url)] }), words)
    server?.close()
  })

  it("is not unpacked where it was swapped: neither its program nor what it would write elsewhere is there", async () => {
    const name = `nats-server-v${release.version}-${platformName()}`
    const [packed, cache] = [mkdtempSync(join(folder, "packed-")), join(folder, "swapped-archive")]
    mkdirSync(join(packed, name))
    program("99.0.0", join(packed, name, "nats-server"))
    symlinkSync(folder, join(packed, name, "out"))
    writeFileSync(join(folder, "escaped"), "")
    execFileSync("tar", ["-czPf", "swapped.tar.gz", name, "../escaped"], { cwd: join(packed), stdio: "ignore" })
    const url = await mirror(200, readFileSync(join(packed, "swapped.tar.gz")))
    assert.match(await failure({ cache, ways: [archive(url)] }), /its SHA-256 differs/)
    assert.deepStrictEqual(readdirSync(cache), [])
    server?.close()
  })

  it("is pinned for the platforms that people have", () => {
    assert.deepStrictEqual(Object.keys(release.sha256).sort(), [
      "darwin-amd64",
      "darwin-arm64",
      "linux-amd64",
      "linux-arm64"
    ])
    assert.strictEqual(platformName("linux", "x64"), "linux-amd64")
    for (const sum of Object.values(release.sha256)) assert.match(sum, /^[0-9a-f]{64}$/)
  })
})

describe("versions", () => {
  it.each([
    ["2.12.0", true],
    ["2.15.2", true],
    ["3.0.0", true],
    ["2.11.9", false],
    ["2.9.10-1+b3", false],
    ["none", false]
  ])("%s is at least 2.12.0: %s", (version, expected) => {
    assert.strictEqual(isAtLeast(version, "2.12.0"), expected)
  })

  it("are read where they stand in a text", () => {
    assert.deepStrictEqual(parseVersion("nats-server: v2.15.2"), [2, 15, 2])
  })
})
