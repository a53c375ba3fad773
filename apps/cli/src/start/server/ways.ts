import { createWriteStream, readFileSync } from "node:fs"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { leastServerVersion } from "@chaussettes/jetstream/topology"
import { progress, reasonOf } from "@chaussettes/service"
import { Effect, type Scope } from "effect"
import { lastLine, run } from "../program.ts"
import { sha256Of } from "./cache.ts"
import { goModule, isAtLeast, parseVersion, platformName, release } from "./releases.ts"

/** A way to a nats-server: brings a checked binary into a folder, or says in words why not. */
export interface Way {
  readonly name: string
  readonly bring: (
    folder: string
  ) => Effect.Effect<{ readonly binary: string; readonly from: string }, string, Scope.Scope>
}

const ranWell = (command: string, args: ReadonlyArray<string>, options: Parameters<typeof run>[2]) =>
  Effect.flatMap(run(command, args, options), (ran) =>
    ran.code === 0 ? Effect.succeed(ran.stdout) : Effect.fail(`${command}: ${lastLine(ran.stderr || ran.stdout)}`)
  )

/** Downloads; gives up when the server is silent, not when the line is slow. */
const download = (url: string, path: string): Effect.Effect<void, string, Scope.Scope> =>
  Effect.gen(function* () {
    const silent = new AbortController()
    let timer = setTimeout(() => silent.abort(), silenceMs)
    yield* Effect.addFinalizer(() => Effect.sync(() => clearTimeout(timer)))
    const attempt = <A>(work: () => Promise<A>) =>
      Effect.tryPromise({
        try: work,
        catch: (error) =>
          silent.signal.aborted
            ? `nothing came for ${silenceMs / 1000} s`
            : reasonOf((error as { cause?: unknown }).cause ?? error)
      })
    const response = yield* attempt(() => fetch(url, { signal: silent.signal }))
    if (!response.ok || response.body === null) return yield* Effect.fail(`the answer was ${response.status}`)
    const bar = yield* progress({
      what: "Fetching nats-server",
      unit: "MiB",
      total: Math.ceil(Number(response.headers.get("content-length") ?? 0) / 2 ** 20)
    })
    let bytes = 0
    const counting = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        clearTimeout(timer)
        timer = setTimeout(() => silent.abort(), silenceMs)
        bytes += chunk.length
        bar.at(bytes / 2 ** 20)
        yield chunk
      }
    }
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
    yield* attempt(() => pipeline(body, counting, createWriteStream(path)))
  })

const silenceMs = 15_000

/** The archive of the release, checked against its pinned sum. `NATS_SERVER_MIRROR` may stand for GitHub. */
export const archive = (mirror = process.env.NATS_SERVER_MIRROR || release.baseUrl): Way => ({
  name: `release archive ${release.version}`,
  bring: (folder) =>
    Effect.gen(function* () {
      const platform = platformName()
      const wanted = release.sha256[platform]
      if (wanted === undefined) return yield* Effect.fail(`no checksum is known for ${platform}`)
      const name = `nats-server-v${release.version}-${platform}`
      const path = join(folder, `${name}.tar.gz`)
      yield* download(`${mirror.replace(/\/?$/, "/")}v${release.version}/${name}.tar.gz`, path)
      if (sha256Of(readFileSync(path)) !== wanted) {
        return yield* Effect.fail("the download does not match the release: its SHA-256 differs")
      }
      yield* ranWell("tar", ["-xzf", path, "-C", folder, `${name}/nats-server`], { limit: "30 seconds" })
      return {
        binary: join(folder, name, "nats-server"),
        from: "release archive, checked by SHA-256"
      }
    })
})

/** The package of this machine's Debian or Ubuntu, unpacked without root; its sum is that of the signed index. */
export const debian: Way = {
  name: "Debian's package",
  bring: (folder) =>
    Effect.gen(function* () {
      const record = yield* ranWell("apt-cache", ["show", "--no-all-versions", "nats-server"], { limit: "30 seconds" })
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(record)?.[1] ?? ""
      const version = parseVersion(field("Version"))?.join(".") ?? "of unknown version"
      if (!isAtLeast(version, leastServerVersion)) {
        return yield* Effect.fail(`it is ${version}, and ${leastServerVersion} or later is needed`)
      }
      yield* ranWell("apt-get", ["download", "nats-server"], { limit: "3 minutes", cwd: folder })
      const deb = (yield* ranWell("ls", [folder], { limit: "10 seconds" }))
        .split("\n")
        .find((name) => name.endsWith(".deb"))
      if (deb === undefined) return yield* Effect.fail("apt-get brought nothing")
      const path = join(folder, deb)
      if (sha256Of(readFileSync(path)) !== field("SHA256")) {
        return yield* Effect.fail("the download does not match the index: its SHA-256 differs")
      }
      yield* ranWell("dpkg-deb", ["-x", path, join(folder, "x")], { limit: "1 minute" })
      return {
        binary: join(folder, "x", "usr", "sbin", "nats-server"),
        from: "Debian's package, checked by SHA-256"
      }
    })
}

/** Built from source, which Go checks against its checksum database. Takes a minute or a few. */
export const goInstall: Way = {
  name: `go install ${goModule.version}`,
  bring: (folder) =>
    Effect.gen(function* () {
      yield* ranWell("go", ["version"], { limit: "10 seconds" })
      yield* progress({ what: "Building nats-server with Go, a few minutes", unit: "done", total: 0 })
      yield* ranWell("go", ["install", `${goModule.path}@v${goModule.version}`], {
        limit: "10 minutes",
        env: {
          ...process.env,
          GOBIN: folder,
          CGO_ENABLED: "0",
          GOFLAGS: "-trimpath",
          GOSUMDB: "sum.golang.org",
          GONOSUMDB: "",
          GONOSUMCHECK: "",
          GOPRIVATE: ""
        }
      })
      return {
        binary: join(folder, "nats-server"),
        from: "built by go install, its source checked by Go's checksum database"
      }
    })
}
