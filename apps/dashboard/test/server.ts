import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import type { MemoryServerShape } from "@chaussettes/jetstream/memory"
import type { Names } from "@chaussettes/readmodel"
import type { ServerLimits } from "@chaussettes/service/operations-server"
import { Effect, Layer } from "effect"
import { HttpServer } from "effect/http"
import type { AppSettings } from "../src/http/app.ts"
import { serveDashboard } from "../src/http/serve.ts"
import { loadAssets } from "../src/http/static.ts"
import { Feed } from "../src/live/feed.ts"
import { feedOf } from "./fixture.ts"

/** A page as the build leaves it, so that the server can be tested without one. */
const fakePage = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "chaussettes-page-"))
    mkdirSync(join(folder, "assets"))
    writeFileSync(join(folder, "index.html"), '<!doctype html><base href="/" /><title>page</title>')
    writeFileSync(join(folder, "assets/app-abc.js"), "export const x = 1\n".repeat(100))
    writeFileSync(join(folder, "assets/app-abc.js.gz"), gzipSync("export const x = 1\n".repeat(100)))
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

interface Running {
  readonly url: string
  readonly feed: Feed["Service"]
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>
}

/** The dashboard over a server in memory, on any free port, for as long as the scope lives. */
export const running = (
  server: MemoryServerShape,
  settings: Partial<AppSettings> & { readonly limits?: ServerLimits; readonly names?: Names } = {}
) =>
  Effect.gen(function* () {
    const pathPrefix = settings.pathPrefix ?? ""
    const assets = settings.assets ?? (yield* loadAssets({ pathPrefix, folder: yield* fakePage }))
    const layer = serveDashboard({
      access: { _tag: "Open" },
      allowedHosts: [],
      ...settings,
      pathPrefix,
      assets,
      host: "127.0.0.1",
      port: 0
    }).pipe(Layer.provideMerge(feedOf(server, settings.names)))
    const context = yield* Layer.build(layer)
    const address = yield* Effect.provideContext(
      Effect.map(HttpServer.HttpServer, (s) => s.address),
      context
    )
    const feed = yield* Effect.provideContext(Feed, context)
    const url = HttpServer.formatAddress(address)
    const page: Running = { url, feed, get: (path, headers = {}) => fetch(`${url}${path}`, { headers }) }
    return page
  })

/** Waits until it is so; the deadline is for a broken build only. */
export const until = (what: string, condition: () => boolean | Promise<boolean>, deadlineMs = 15_000) =>
  Effect.promise(async () => {
    const startedMs = performance.now()
    while (!(await condition())) {
      if (performance.now() - startedMs > deadlineMs) throw new Error(`waited in vain until ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })
