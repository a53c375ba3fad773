import { Effect } from "effect"
import { HttpMiddleware, HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { apiBase } from "../api.ts"
import { isAllowed, isKnownHost, sessionCookie } from "./access.ts"
import { securityHeaders } from "./headers.ts"
import { problem } from "./respond.ts"
import { type RouteSettings, routes } from "./routes.ts"

export interface AppSettings extends RouteSettings {
  readonly allowedHosts: ReadonlyArray<string>
}

/** A proxy may take the prefix off or leave it on: both reach the same. */
export const withoutPrefix = (url: string, prefix: string): string =>
  prefix !== "" && (url === prefix || url.startsWith(`${prefix}/`) || url.startsWith(`${prefix}?`))
    ? `/${url.slice(prefix.length).replace(/^\//, "")}`
    : url

/** Open to all: they say nothing of the logs. The page's own files hold no data either; it asks for the token. */
const needsNoToken = (path: string): boolean =>
  path === "/healthz" ||
  path === "/readyz" ||
  path === `${apiBase}/login` ||
  !(path.startsWith("/api/") || path === "/metrics")

/** Why a request is not even looked at; undefined where it is. */
const refusal = (request: HttpServerRequest.HttpServerRequest, settings: AppSettings) => {
  const path = request.url.split("?")[0]!
  const { headers } = request
  if (!isKnownHost(headers.host, settings.allowedHosts, settings.access)) {
    return problem("forbidden", "This host name is not known here; allow it with --allowed-host.")
  }
  if (headers["sec-fetch-site"] === "cross-site" && path.startsWith("/api/")) {
    return problem("forbidden", "Other sites may not ask this.")
  }
  if (request.method !== "GET" && request.method !== "HEAD" && path !== `${apiBase}/login`) {
    return problem("bad_request", "This server only answers questions: use GET.")
  }
  if (!needsNoToken(path) && !isAllowed(settings.access, request.cookies[sessionCookie], headers.authorization)) {
    return problem("unauthorized", "The access token is needed.")
  }
  return undefined
}

/** The whole of the server as one effect a request: guarded, routed, its headers set. */
export const makeApp = (settings: AppSettings) =>
  Effect.gen(function* () {
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
        Effect.catch(() => Effect.succeed(problem("not_found", "There is nothing here.")))
      )
      return HttpServerResponse.setHeaders(response, securityHeaders)
    })
  })
