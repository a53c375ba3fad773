import { Effect } from "effect"
import { HttpMiddleware, HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { apiBase } from "../api/index.ts"
import { operatorPaths } from "../operator/routes.ts"
import { isKnownHost } from "./access.ts"
import { securityHeaders } from "./headers.ts"
import { pathOf, problem } from "./respond.ts"
import { type RouteSettings, routes } from "./routes.ts"
import { type Assets, respondWith } from "./static.ts"

export interface AppSettings extends RouteSettings {
  readonly allowedHosts: ReadonlyArray<string>
}

/** A proxy may take the prefix off or leave it on: both reach the same. */
export const withoutPrefix = (url: string, prefix: string): string =>
  prefix !== "" && (url === prefix || url.startsWith(`${prefix}/`) || url.startsWith(`${prefix}?`))
    ? `/${url.slice(prefix.length).replace(/^\//, "")}`
    : url

/** Why a request is not even looked at; undefined where it is. */
const refusal = (request: HttpServerRequest.HttpServerRequest, settings: AppSettings) => {
  if (!isKnownHost(request.headers.host, settings.allowedHosts)) {
    return problem("forbidden", "Unknown host name; allow it with --allowed-host.")
  }
  const acts = settings.operator === undefined ? [] : operatorPaths
  const changes = [`${apiBase}/login`, `${apiBase}/logout`, ...acts]
  if (request.method !== "GET" && request.method !== "HEAD" && !changes.includes(pathOf(request))) {
    return problem("bad_request", "This server only answers GET requests.")
  }
  return undefined
}

/** The router knows no path with a broken escape (`/alerts/%`): the page says what it thinks of it, as of any other. */
const nothing = (assets: Assets, request: HttpServerRequest.HttpServerRequest) =>
  Effect.succeed(
    request.method === "GET" && !request.url.startsWith("/api/")
      ? respondWith(assets.index(pathOf(request)), request.headers)
      : problem("not_found", "There is nothing here.")
  )

/** The whole of the server as one effect a request: guarded, routed, its headers set. */
export const makeApp = Effect.fn("makeApp")(function* (settings: AppSettings) {
  const routed = yield* HttpRouter.toHttpEffect(routes(settings))
  const compressed = HttpMiddleware.compression({
    algorithms: ["br", "gzip"],
    levels: { br: 4, gzip: 5 },
    compressible: (type) => type.startsWith("application/json")
  })(routed)
  return Effect.gen(function* () {
    const original = yield* HttpServerRequest.HttpServerRequest
    const request = original.modify({ url: withoutPrefix(original.url, settings.pathPrefix) })
    const refused = refusal(request, settings)
    if (refused !== undefined) return HttpServerResponse.setHeaders(refused, securityHeaders)
    const response = yield* compressed.pipe(
      Effect.provideService(HttpServerRequest.HttpServerRequest, request),
      Effect.catch(() => nothing(settings.assets, request))
    )
    return HttpServerResponse.setHeaders(response, securityHeaders)
  })
})
