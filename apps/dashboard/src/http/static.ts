import { createHash } from "node:crypto"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { logsStream } from "@chaussettes/jetstream/topology"
import { failed, type UserFailure } from "@chaussettes/service"
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"

const types: { readonly [extension: string]: string } = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json",
  txt: "text/plain; charset=utf-8"
}

interface Encoded {
  readonly bytes: Uint8Array
  readonly etag: string
}

interface Asset {
  readonly type: string
  /** The build names it by its content: it never changes. */
  readonly immutable: boolean
  readonly plain: Encoded
  readonly br: Encoded | undefined
  readonly gzip: Encoded | undefined
}

export interface Assets {
  readonly files: ReadonlyMap<string, Asset>
  /** The page as it is sent for this path of the server's. */
  readonly index: (path: string) => Asset
}

const encoded = (bytes: Uint8Array): Encoded => ({
  bytes,
  etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`
})

/** Where the build puts the page: beside the bundle, or in dist/ of the sources. */
const candidates = [new URL("../web/", import.meta.url), new URL("../../../../dist/web/", import.meta.url)]

const filesOf = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(folder, name)).isFile())

/** Marks in index.html where the page lives; relative links of all views start there. */
const baseMark = '<base href="/" />'

/** The name of the stream of lines, where it is another: the page's words have it. */
const logsMark = logsStream === "LOGS" ? "" : `<meta name="logs-stream" content="${logsStream}" />`

const compressed = new Set(["br", "gz"])

/** Reads the built page into memory: some hundred kB, compressed at build time. */
export const loadAssets = (options: {
  readonly pathPrefix: string
  readonly folder?: string
}): Effect.Effect<Assets, UserFailure> =>
  Effect.try({
    try: () => {
      const folder = options.folder ?? candidates.map((url) => fileURLToPath(url)).find((path) => hasIndex(path))
      if (folder === undefined) throw new Error("dist/web/index.html is missing")
      const files = new Map<string, Asset>()
      const names = filesOf(folder)
      for (const name of names) {
        const extension = name.split(".").pop()!
        if (compressed.has(extension)) continue
        const bytes = readFileSync(join(folder, name))
        const variant = (ext: string) =>
          names.includes(`${name}.${ext}`) ? encoded(readFileSync(join(folder, `${name}.${ext}`))) : undefined
        const path = relative(folder, join(folder, name)).split(sep).join("/")
        files.set(`/${path}`, {
          type: types[extension] ?? "application/octet-stream",
          immutable: path.startsWith("assets/"),
          plain: encoded(bytes),
          br: variant("br"),
          gzip: variant("gz")
        })
      }
      const html = files.get("/index.html")!
      files.delete("/index.html")
      return { files, index: indexOf(html, options.pathPrefix) }
    },
    catch: (cause) => failed("The page has not been built: dist/web is missing. Run: npm run build", cause)
  })

const hasIndex = (folder: string): boolean => {
  try {
    return statSync(join(folder, "index.html")).isFile()
  } catch {
    return false
  }
}

/** No view is deeper than this: `/alerts/<id>`. */
const deepest = 1

/**
 * A proxy may show the page below a path that it takes off and that this server does not know. The base is therefore given relative to the view,
 * by as many steps up as its path has folders; with a prefix it is that.
 */
const indexOf = (index: Asset, prefix: string): Assets["index"] => {
  if (prefix !== "") {
    const only = withBase(index, `${prefix}/`)
    return () => only
  }
  const byDepth = Array.from({ length: deepest + 1 }, (_, depth) =>
    withBase(index, depth === 0 ? "./" : "../".repeat(depth))
  )
  return (path) => byDepth[Math.min(deepest, path.split("/").length - 2)] ?? byDepth[0]!
}

const withBase = (index: Asset, base: string): Asset => {
  const html = new TextDecoder().decode(index.plain.bytes)
  if (!html.includes(baseMark)) throw new Error(`index.html has no ${baseMark}`)
  const bytes = new TextEncoder().encode(html.replace(baseMark, `<base href="${base}" />${logsMark}`))
  return { ...index, immutable: false, plain: encoded(bytes), br: undefined, gzip: undefined }
}

/** Which of the encodings that there are the client takes; brotli is the smallest. */
const chosen = (asset: Asset, accepts: string): readonly [Encoded, string | undefined] => {
  const takes = (coding: string) =>
    new RegExp(`(^|,)\\s*${coding}\\s*(;\\s*q=(?!0(\\.0*)?\\s*(,|$))|,|$)`, "i").test(accepts)
  if (asset.br !== undefined && takes("br")) return [asset.br, "br"]
  if (asset.gzip !== undefined && takes("gzip")) return [asset.gzip, "gzip"]
  return [asset.plain, undefined]
}

export const respondWith = (
  asset: Asset,
  headers: { readonly [name: string]: string | undefined }
): HttpServerResponse.HttpServerResponse => {
  const [body, coding] = chosen(asset, headers["accept-encoding"] ?? "")
  const common = {
    "cache-control": asset.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    vary: "accept-encoding",
    etag: body.etag
  }
  if (headers["if-none-match"]?.includes(body.etag)) return HttpServerResponse.empty({ status: 304, headers: common })
  return HttpServerResponse.uint8Array(body.bytes, {
    contentType: asset.type,
    headers: { ...common, ...(coding === undefined ? {} : { "content-encoding": coding }) }
  })
}
