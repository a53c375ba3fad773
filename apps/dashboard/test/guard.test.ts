import { request } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { decideAccess, isKnownHost } from "../src/http/access.ts"
import { withoutPrefix } from "../src/http/app.ts"
import { makeServer } from "./fixture.ts"
import { running } from "./server.ts"

/** `fetch` sets Host itself; this does not. */
const withHeaders = (url: string, headers: Record<string, string>, method = "GET") =>
  Effect.promise(
    () =>
      new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
        const sent = request(url, { headers, method }, (response) => {
          let body = ""
          response.on("data", (chunk) => {
            body += chunk
          })
          response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }))
        })
        sent.on("error", reject)
        sent.end()
      })
  )

const token = "Zq7-vK2mWx9.bT4hRc0s"

describe("decideAccess", () => {
  const failure = (host: string, given?: string, behindProxy = false) =>
    Result.getOrUndefined(Result.flip(decideAccess({ host, token: given, behindProxy })))

  it("lets everybody on this machine look, and nobody beyond it without a token or a proxy", () => {
    for (const host of ["127.0.0.1", "localhost", "::1", "127.8.9.1"]) assert.isUndefined(failure(host))
    for (const host of ["0.0.0.0", "::", "192.168.1.7", "example.org"]) assert.strictEqual(failure(host)?.exitCode, 2)
    assert.isUndefined(failure("0.0.0.0", token))
    assert.isUndefined(failure("0.0.0.0", undefined, true))
  })

  it("refuses a token that can be guessed", () => {
    assert.match(failure("127.0.0.1", "short")!.message, /too short/)
    for (const weak of ["a".repeat(40), "passwordpassword", "12121212121212121212"]) {
      assert.match(failure("127.0.0.1", weak)!.message, /too weak/)
    }
    assert.isUndefined(failure("127.0.0.1", "f3a9c17d52e8b604"))
  })
})

describe("isKnownHost", () => {
  it("takes addresses, localhost and names that were allowed, and no other name", () => {
    for (const host of ["localhost:8080", "127.0.0.1:8080", "[::1]:80", "192.168.1.7", "logs.example.org:443"]) {
      assert.isTrue(isKnownHost(host, ["logs.example.org"]), host)
    }
    for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", undefined]) {
      assert.isFalse(isKnownHost(host, ["logs.example.org"]), String(host))
    }
  })
})

describe("withoutPrefix", () => {
  it("takes a whole path's prefix off and nothing that only begins like it", () => {
    assert.strictEqual(withoutPrefix("/logs/alerts?x=1", "/logs"), "/alerts?x=1")
    assert.strictEqual(withoutPrefix("/logs", "/logs"), "/")
    assert.strictEqual(withoutPrefix("/logs?x", "/logs"), "/?x")
    assert.strictEqual(withoutPrefix("/logsmith", "/logs"), "/logsmith")
    assert.strictEqual(withoutPrefix("/alerts", "/logs"), "/alerts")
    assert.strictEqual(withoutPrefix("/alerts", ""), "/alerts")
  })
})

describe("the server", () => {
  it.live("sends with everything that nothing foreign may run or frame it", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer)
      for (const path of ["/", "/alerts", "/assets/app-abc.js", "/api/v1/status", "/api/v1/nothing", "/healthz"]) {
        const { headers } = yield* Effect.promise(() => page.get(path))
        const policy = headers.get("content-security-policy") ?? ""
        assert.include(policy, "default-src 'none'", path)
        assert.include(policy, "script-src 'self'", path)
        assert.notMatch(policy, /unsafe|http:|https:|\*/, path)
        assert.include(policy, "frame-ancestors 'none'", path)
        assert.strictEqual(headers.get("x-content-type-options"), "nosniff", path)
        assert.strictEqual(headers.get("referrer-policy"), "no-referrer", path)
      }
    }).pipe(Effect.scoped)
  )

  it.live("refuses a name that it does not know, and questions from other sites", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer, { allowedHosts: ["logs.example.org"] })
      const ask = (headers: Record<string, string>) => withHeaders(`${page.url}/api/v1/status`, headers)
      assert.strictEqual((yield* ask({ host: "evil.example:8080" })).status, 403)
      assert.strictEqual((yield* ask({ host: "logs.example.org" })).status, 200)
      assert.strictEqual((yield* ask({ "sec-fetch-site": "cross-site" })).status, 403)
      assert.strictEqual((yield* ask({ "sec-fetch-site": "same-origin" })).status, 200)
      const aside = yield* withHeaders(`${page.url}//API/v1/status`, { "sec-fetch-site": "cross-site" })
      assert.strictEqual(aside.status, 403)
    }).pipe(Effect.scoped)
  )

  it.live("changes nothing for anybody: only questions are answered", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer)
      for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
        assert.strictEqual((yield* withHeaders(`${page.url}/api/v1/status`, {}, method)).status, 400, method)
      }
    }).pipe(Effect.scoped)
  )

  it.live("shows nothing of the logs without the token, and gives a cookie for it that scripts cannot read", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer, { access: { _tag: "Token", token } })
      const status = (path: string, headers?: Record<string, string>) =>
        Effect.map(
          Effect.promise(() => page.get(path, headers)),
          (r) => r.status
        )
      for (const path of ["/api/v1/status", "/api/v1/events", "/api/v1/alerts/x", "/metrics"]) {
        assert.strictEqual(yield* status(path), 401, path)
      }
      for (const path of ["/", "/assets/app-abc.js", "/healthz"]) assert.strictEqual(yield* status(path), 200, path)
      // A router takes all of these for the same, and so must whoever guards it.
      for (const path of [
        "//api/v1/status",
        "/%61pi/v1/status",
        "/API/v1/status",
        "/api/v1/status/",
        "/api//v1/status"
      ]) {
        assert.strictEqual(yield* status(path), 401, path)
      }
      for (const path of ["//metrics", "/%6detrics", "/METRICS", "/metrics/"]) {
        assert.strictEqual(yield* status(path), 401, path)
      }
      assert.strictEqual(yield* status("/api/v1/status", { authorization: "Bearer nope" }), 401)
      assert.strictEqual(yield* status("/api/v1/status", { authorization: `Bearer ${token}` }), 200)
      assert.strictEqual(yield* status("/api/v1/status", { cookie: `chaussettes-session=${token}` }), 401)

      const login = (given: string) =>
        Effect.promise(() =>
          fetch(`${page.url}/api/v1/login`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ token: given })
          })
        )
      assert.strictEqual((yield* login("wrong")).status, 401)
      // Nobody who has not shown the token makes the server hold more than a token's worth of bytes.
      assert.strictEqual((yield* login(token + " ".repeat(100_000))).status, 400)
      const cookie = (yield* login(token)).headers.get("set-cookie")!
      assert.match(cookie, /HttpOnly/i)
      assert.match(cookie, /SameSite=Strict/i)
      assert.notInclude(cookie, token)
      const session = { cookie: cookie.split(";")[0]! }
      assert.strictEqual(yield* status("/api/v1/status", session), 200)
      const another = { cookie: (yield* login(token)).headers.get("set-cookie")!.split(";")[0]! }
      assert.notStrictEqual(another.cookie, session.cookie)
      yield* withHeaders(`${page.url}/api/v1/logout`, session, "POST")
      assert.strictEqual(yield* status("/api/v1/status", session), 401, "its session has ended")
      assert.strictEqual(yield* status("/api/v1/status", another), 200, "and no other")
    }).pipe(Effect.scoped)
  )

  it.live("shows raw lines and rejects only for their token, where all else is open", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer, { access: { _tag: "Open", linesToken: token } })
      const status = (path: string, headers?: Record<string, string>) =>
        Effect.map(
          Effect.promise(() => page.get(path, headers)),
          (r) => r.status
        )
      for (const path of ["/api/v1/status", "/metrics"]) assert.strictEqual(yield* status(path), 200, path)
      for (const path of ["/api/v1/alerts/x", "/api/v1/rejects", "//api/v1/rejects", "/%61pi/v1/rejects"]) {
        assert.strictEqual(yield* status(path), 401, path)
      }
      const bearer = { authorization: `Bearer ${token}` }
      assert.strictEqual(yield* status("/api/v1/rejects", bearer), 200)
      assert.strictEqual(yield* status("/api/v1/alerts/x", bearer), 400)
    }).pipe(Effect.scoped)
  )

  it.live("takes no more guesses on many connections than on one, and lets sessions in meanwhile", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer, { access: { _tag: "Token", token } })
      const login = (given: string) =>
        fetch(`${page.url}/api/v1/login`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ token: given })
        })
      const session = yield* Effect.promise(() => login(token).then((r) => r.headers.get("set-cookie")!.split(";")[0]!))
      const begun = performance.now()
      const guesses = yield* Effect.promise(() =>
        Promise.all(
          Array.from({ length: 60 }, (_, i) =>
            i % 2 === 0 ? login(`guess ${i}`) : page.get("/api/v1/status", { authorization: `Bearer guess ${i}` })
          )
        ).then((responses) => responses.map((r) => r.status))
      )
      const looked = guesses.filter((status) => status === 401).length
      assert.isAtMost(looked, 4 * ((performance.now() - begun) / 1000) + 1)
      assert.isAbove(guesses.filter((status) => status === 429).length, 10)
      assert.strictEqual(
        yield* Effect.promise(() => page.get("/api/v1/status", { cookie: session }).then((r) => r.status)),
        200
      )
    }).pipe(Effect.scoped)
  )

  it.live("lives under a proxy's path, whether the proxy takes it off or not", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer, { pathPrefix: "/logs" })
      for (const path of ["/logs/api/v1/status", "/api/v1/status", "/logs/assets/app-abc.js", "/logs/alerts"]) {
        assert.strictEqual((yield* Effect.promise(() => page.get(path))).status, 200, path)
      }
      assert.include(
        yield* Effect.promise(() => page.get("/logs/alerts").then((r) => r.text())),
        '<base href="/logs/" />'
      )
    }).pipe(Effect.scoped)
  )

  it.live("lives under the path of a proxy that takes it off, without being told of it", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer)
      const baseOf = (path: string) =>
        Effect.promise(() =>
          page.get(path).then(async (r) => {
            const base = /<base href="([^"]*)" \/>/.exec(await r.text())![1]!
            return new URL(base, `https://example.org/logs${path}`).href
          })
        )
      for (const path of ["/", "/alerts", "/what-if?span=1d", "/alerts/ip.20260105T100010Z-10s.f5047344122f0dee"]) {
        assert.strictEqual(yield* baseOf(path), "https://example.org/logs/", path)
      }
    }).pipe(Effect.scoped)
  )

  it.live("names the flag to give behind a proxy that leaves its path on", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer)
      const answer = yield* Effect.promise(() => page.get("/logs/"))
      assert.strictEqual(answer.status, 404)
      assert.include(yield* Effect.promise(() => answer.text()), "--path-prefix /logs")
    }).pipe(Effect.scoped)
  )

  it.live("sends what was compressed at build time, once for ever where the name says the content", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer)
      const zipped = yield* withHeaders(`${page.url}/assets/app-abc.js`, { "accept-encoding": "gzip, deflate" })
      assert.strictEqual(zipped.headers["content-encoding"], "gzip")
      assert.match(String(zipped.headers["cache-control"]), /immutable/)
      assert.strictEqual(zipped.headers.vary, "accept-encoding")
      const plain = yield* withHeaders(`${page.url}/assets/app-abc.js`, { "accept-encoding": "gzip;q=0" })
      assert.isUndefined(plain.headers["content-encoding"])
      const index = yield* withHeaders(`${page.url}/`, {})
      assert.strictEqual(index.headers["cache-control"], "no-cache")
      const again = yield* withHeaders(`${page.url}/`, { "if-none-match": String(index.headers.etag) })
      assert.strictEqual(again.status, 304)
      assert.strictEqual((yield* withHeaders(`${page.url}/assets/..%2f..%2fetc%2fpasswd`, {})).status, 404)
      const crooked = yield* withHeaders(`${page.url}/alerts/%E0%A4%A`, {})
      assert.include(crooked.body, "<title>page</title>")
    }).pipe(Effect.scoped)
  )

  it.live("tells a supervisor whether it is ready", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer)
      assert.strictEqual((yield* Effect.promise(() => page.get("/healthz"))).status, 200)
      let status = 0
      const deadline = performance.now() + 10_000
      while (status !== 200 && performance.now() < deadline)
        status = (yield* Effect.promise(() => page.get("/readyz"))).status
      assert.strictEqual(status, 200)
      assert.strictEqual((yield* Effect.promise(() => page.get("/metrics"))).status, 200)
    }).pipe(Effect.scoped)
  )
})
