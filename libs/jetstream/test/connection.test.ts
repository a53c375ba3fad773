import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Fiber, Layer, Redacted, type Scope, Stream } from "effect"
import { connectError } from "../src/connection/connect-errors.ts"
import { shownServers, splitServer } from "../src/connection/settings.ts"
import {
  Connection,
  type ConnectionSettings,
  type ConnectOptions,
  connectionSettingsFromEnv,
  makeConnection,
  type StoreError
} from "../src/index.ts"
import { type RunningServer, type ServerOptions, startProxy, startServer } from "../src/testing/index.ts"
import { eventually } from "./logs-tools.ts"

const withServer = <A, E>(
  options: ServerOptions,
  body: (server: RunningServer) => Effect.Effect<A, E, Scope.Scope>
): Effect.Effect<A, E> =>
  Effect.scoped(
    Effect.flatMap(
      Effect.acquireRelease(
        Effect.promise(() => startServer({ plain: true, ...options })),
        (server) => Effect.promise(() => server.stop())
      ),
      body
    )
  )

/** How connecting fails. */
const refusal = (settings: ConnectionSettings, options?: ConnectOptions): Effect.Effect<StoreError, unknown> =>
  Effect.scoped(Effect.flip(makeConnection(settings, options)))

const password = Redacted.make("s3cret")

describe("settings of a connection", () => {
  const from = (env: Record<string, string>) =>
    connectionSettingsFromEnv.pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

  it.effect("are what the nats CLI's variables say", () =>
    Effect.gen(function* () {
      const settings = yield* from({
        NATS_URL: "nats://a:4222, tls://b:4223",
        NATS_USER: "detector",
        NATS_PASSWORD: "s3cret",
        NATS_TOKEN: "t0ken",
        NATS_CREDS: "/c",
        NATS_NKEY: "/n",
        NATS_CERT: "/cert",
        NATS_KEY: "/key",
        NATS_CA: "/ca",
        CHAUSSETTES_INBOX_PREFIX: "_INBOX_detector"
      })
      assert.strictEqual(Redacted.value(settings.password!), "s3cret")
      assert.strictEqual(Redacted.value(settings.token!), "t0ken")
      assert.notInclude(JSON.stringify(settings), "s3cret")
      assert.deepInclude(settings, {
        servers: ["nats://a:4222", "tls://b:4223"],
        user: "detector",
        credsFile: "/c",
        nkeyFile: "/n",
        tlsCertFile: "/cert",
        tlsKeyFile: "/key",
        tlsCaFile: "/ca",
        inboxPrefix: "_INBOX_detector"
      })
    })
  )

  it.effect("are a server on this machine without any, and an empty variable is none", () =>
    Effect.gen(function* () {
      const expected = { servers: ["nats://127.0.0.1:4222"] }
      assert.deepStrictEqual(yield* from({}), expected)
      assert.deepStrictEqual(yield* from({ NATS_URL: "", NATS_USER: "", NATS_PASSWORD: "" }), expected)
    })
  )

  it("may stand in the URL, and never come out again with the password", () => {
    assert.deepStrictEqual(splitServer("nats://u:100%@host:4222"), {
      server: "nats://host:4222",
      user: "u",
      password: "100%"
    })
    assert.deepStrictEqual(splitServer("nats://u%40x:p%3Aw@host:4222"), {
      server: "nats://host:4222",
      user: "u@x",
      password: "p:w"
    })
    assert.deepStrictEqual(splitServer("tls://t0ken@host"), { server: "tls://host", user: "t0ken" })
    assert.deepStrictEqual(splitServer("host:4222"), { server: "host:4222" })
    assert.strictEqual(shownServers({ servers: ["nats://u:p@a", "b"] }), "nats://a, b")
  })
})

describe("connecting", () => {
  it.live("says that nobody listens, at once", () =>
    Effect.gen(function* () {
      const error = yield* refusal({ servers: ["nats://user:pw@127.0.0.1:1"] })
      assert.strictEqual(error._tag, "Unavailable")
      assert.strictEqual(error.what, "the connection to nats://127.0.0.1:1")
      assert.strictEqual(error.why, "connection refused")
    })
  )

  it("tells a name that is not known, and an error without words", () => {
    const notFound = Object.assign(new Error("getaddrinfo ENOTFOUND nohost"), { code: "ENOTFOUND" })
    assert.strictEqual(connectError(notFound, "nats://nohost").why, "the host name cannot be resolved")
    assert.deepInclude(connectError(undefined, "nats://a"), {
      _tag: "Unavailable",
      why: "the server closed the connection at once"
    })
  })

  it.live("waits for a server that is not up yet, as long as it is told to", () =>
    Effect.gen(function* () {
      const server = yield* Effect.promise(() => startServer({ plain: true }))
      const settings = { servers: [server.url] }
      yield* Effect.promise(() => server.shutdown())
      const before = Date.now()
      assert.strictEqual((yield* refusal(settings, { waitMs: 600 }))._tag, "Unavailable")
      assert.isAtLeast(Date.now() - before, 600)
      const connecting = yield* Effect.forkChild(
        Effect.scoped(Effect.flatMap(makeConnection(settings, { waitMs: 60_000 }), ({ status }) => status))
      )
      yield* Effect.promise(() => server.restart())
      assert.strictEqual((yield* Fiber.join(connecting))._tag, "connected")
      yield* Effect.promise(() => server.stop())
    })
  )

  it.live("as nobody, or with a wrong password, is refused as such, without waiting", () =>
    withServer({ config: 'authorization { user: "u", password: "s3cret" }' }, ({ url, port }) =>
      Effect.gen(function* () {
        for (const wrong of [{}, { user: "u", password: Redacted.make("no") }, { token: Redacted.make("t") }]) {
          const error = yield* refusal({ servers: [url], ...wrong }, { waitMs: 60_000 })
          assert.strictEqual(error._tag, "Refused")
          assert.match(error.why, /rejected the credentials/)
          assert.notInclude(JSON.stringify(error), "s3cret")
        }
        const good: ReadonlyArray<ConnectionSettings> = [
          { servers: [url], user: "u", password },
          { servers: [`nats://u:s3cret@127.0.0.1:${port}`] }
        ]
        for (const settings of good) {
          assert.strictEqual((yield* (yield* makeConnection(settings)).status)._tag, "connected")
        }
      })
    )
  )

  it.live("with a token, in the settings or in the URL", () =>
    withServer({ config: 'authorization { token: "s3cret" }' }, ({ url, port }) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* refusal({ servers: [url] }))._tag, "Refused")
        yield* makeConnection({ servers: [url], token: password })
        yield* makeConnection({ servers: [`nats://s3cret@127.0.0.1:${port}`] })
      })
    )
  )

  it.effect("names the file that cannot be read", () =>
    Effect.gen(function* () {
      const servers = ["nats://127.0.0.1:1"]
      for (const file of ["credsFile", "nkeyFile", "tlsCertFile", "tlsKeyFile", "tlsCaFile"] as const) {
        const error = yield* refusal({ servers, [file]: "/does/not/exist" })
        assert.strictEqual(error._tag, "Refused")
        assert.match(error.why, /\/does\/not\/exist cannot be read/)
      }
    })
  )

  const hasOpenssl = (() => {
    try {
      execFileSync("openssl", ["version"])
      return true
    } catch {
      return false
    }
  })()

  it.live.skipIf(!hasOpenssl)(
    "over TLS: the server's authority and the client's certificate count, and failures are told apart",
    () => {
      const dir = mkdtempSync(join(tmpdir(), "chaussettes-tls-"))
      const path = (name: string) => join(dir, name)
      const openssl = (...args: ReadonlyArray<string>) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" })
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
      writeFileSync(path("san"), "subjectAltName=IP:127.0.0.1")
      openssl("req", "-x509", ...key, "-days", "2", "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
      openssl("req", ...key, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "csr.pem")
      openssl(
        "x509",
        "-req",
        "-in",
        "csr.pem",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "san",
        "-out",
        "cert.pem"
      )
      const tls = (verify: boolean) =>
        `tls { cert_file: "${path("cert.pem")}", key_file: "${path("key.pem")}", ca_file: "${path("ca.pem")}", verify: ${verify} }`
      const ca = { tlsCaFile: path("ca.pem") }
      const certificate = { tlsCertFile: path("cert.pem"), tlsKeyFile: path("key.pem") }
      return Effect.gen(function* () {
        yield* withServer({ config: tls(false) }, ({ url }) =>
          Effect.gen(function* () {
            yield* makeConnection({ servers: [url], ...ca })
            const unknown = yield* refusal({ servers: [url] })
            assert.strictEqual(unknown._tag, "Refused")
            assert.match(unknown.why, /the TLS handshake failed/)
          })
        )
        yield* withServer({ config: tls(true) }, ({ url }) =>
          Effect.gen(function* () {
            yield* makeConnection({ servers: [url], ...ca, ...certificate })
            const anonymous = yield* refusal({ servers: [url], ...ca })
            assert.match(anonymous.why, /may require a client certificate/)
          })
        )
        yield* withServer({}, ({ url }) =>
          Effect.gen(function* () {
            const plain = yield* refusal({ servers: [url], ...ca })
            assert.strictEqual(plain._tag, "Refused")
            assert.match(plain.why, /does not speak TLS/)
          })
        )
      }).pipe(Effect.ensuring(Effect.sync(() => rmSync(dir, { recursive: true }))))
    }
  )
})

describe("a connection that stands", () => {
  it.live("tells when it breaks, since when and why, and when it stands again", () =>
    withServer({}, (server) =>
      Effect.gen(function* () {
        const connection = yield* makeConnection({ servers: [server.url] })
        const statuses: Array<string> = []
        const reconnections: Array<number> = []
        yield* Effect.forkScoped(
          Stream.runForEach(connection.statuses, (status) => Effect.sync(() => void statuses.push(status._tag)))
        )
        yield* Effect.forkScoped(
          Stream.runForEach(connection.reconnections, (count) => Effect.sync(() => void reconnections.push(count)))
        )
        yield* eventually("the status is told", () => statuses.length === 1)
        for (const round of [1, 2]) {
          const before = Date.now()
          yield* Effect.promise(() => server.kill())
          yield* eventually("it is disconnected", () => statuses.length === 2 * round)
          const status = yield* connection.status
          assert.strictEqual(status._tag, "disconnected")
          if (status._tag === "disconnected") {
            assert.isAtLeast(status.sinceMs, before)
            assert.isNotEmpty(status.why)
          }
          yield* Effect.promise(() => server.restart())
          yield* eventually("it is connected again", () => reconnections.length === round)
        }
        yield* eventually("all is told", () => statuses.length === 5)
        assert.deepStrictEqual(statuses, ["connected", "disconnected", "connected", "disconnected", "connected"])
        assert.deepStrictEqual(reconnections, [1, 2])
        assert.match(yield* connection.serverVersion, /^\d+\.\d+\.\d+/)
      })
    )
  )

  it.live("goes on trying when its password is wrong for a while", () =>
    withServer({ config: 'authorization { user: "u", password: "s3cret" }' }, (server) =>
      Effect.gen(function* () {
        const connection = yield* makeConnection({ servers: [server.url], user: "u", password })
        let reconnections = 0
        yield* Effect.forkScoped(
          Stream.runForEach(connection.reconnections, () => Effect.sync(() => void reconnections++))
        )
        yield* Effect.promise(() => server.restart('authorization { user: "u", password: "other" }'))
        // The client gives up at the second refusal in a row unless it is told not to.
        yield* eventually("it was refused some times", () => server.log().split("authentication error").length > 4)
        assert.deepInclude(yield* connection.status, { _tag: "disconnected", why: "Authorization Violation" })
        yield* Effect.promise(() => server.restart('authorization { user: "u", password: "s3cret" }'))
        yield* eventually("it is connected again", () => reconnections > 0)
        yield* Effect.promise(() => connection.nc.flush())
        assert.strictEqual(reconnections, 1)
      })
    )
  )

  it.live("is closed at the end, also where the server does not answer any more", () =>
    withServer({}, (server) =>
      Effect.gen(function* () {
        const proxy = yield* Effect.promise(() => startProxy(server.port))
        const layer = Connection.layer({ servers: [proxy.url] }, { drainMs: 200 })
        const before = Date.now()
        const connection = yield* Effect.gen(function* () {
          const inner = yield* Connection
          proxy.pause()
          return inner
        }).pipe(Effect.provide(Layer.fresh(layer)))
        assert.isBelow(Date.now() - before, 5_000)
        assert.isTrue(connection.nc.isClosed())
        assert.strictEqual((yield* connection.status)._tag, "closed")
        yield* Effect.promise(() => proxy.close())
      })
    )
  )

  it.live("hands over what was published last before it is closed", () =>
    withServer({}, ({ url }) =>
      Effect.gen(function* () {
        const listener = yield* makeConnection({ servers: [url] })
        let heard = 0
        listener.nc.subscribe("x", {
          callback: () => {
            heard++
          }
        })
        yield* Effect.promise(() => listener.nc.flush())
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { nc } = yield* makeConnection({ servers: [url] })
            for (let i = 0; i < 1_000; i++) nc.publish("x")
          })
        )
        yield* eventually("all are heard", () => heard === 1_000)
      })
    )
  )
})
