import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { makeConnection } from "../src/index.ts"
import { startServer } from "../src/testing/index.ts"

const users =
  'accounts { FEW { limits: { max_connections: 1 }, users: [{ user: u, password: "s3cret" }] }, MANY { users: [{ user: other, password: x }] } }'

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0

/** The failure of a second connection, where the server takes one of that user. */
const second = (config: string, tls: { readonly tlsCaFile?: string } = {}) =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(
      Effect.promise(() => startServer({ plain: true, config })),
      (running) => Effect.promise(() => running.stop())
    )
    const settings = { servers: [server.url], user: "u", password: Redacted.make("s3cret"), ...tls }
    yield* makeConnection(settings)
    const error = yield* Effect.flip(makeConnection(settings))
    // Somebody may let go of one: it is worth trying again.
    if (error._tag !== "Unavailable") return assert.fail(error._tag)
    assert.match(error.remedy ?? "", /^Close some/)
    return error.why
  }).pipe(Effect.scoped)

describe("a server that has no connection left names that as the cause, with the way out", () => {
  it.live("of the user's account", () =>
    Effect.gen(function* () {
      assert.match(yield* second(users), /this user's account has reached its connection limit/)
    })
  )

  it.live("of them all", () =>
    Effect.gen(function* () {
      const config = "max_connections: 1\nauthorization { user: u, password: s3cret }"
      assert.match(yield* second(config), /the server has reached its connection limit/)
    })
  )

  it.live.skipIf(!hasOpenssl)("over TLS", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "chaussettes-tls-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true }))
      )
      const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")]
      const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
      const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
      execFileSync("openssl", ["req", "-x509", ...curve, "-days", "2", ...name, "-keyout", key, "-out", cert], {
        stdio: "pipe"
      })
      const config = `${users}\ntls { cert_file: "${cert}", key_file: "${key}" }`
      assert.match(yield* second(config, { tlsCaFile: cert }), /reached its connection limit/)
    }).pipe(Effect.scoped)
  )
})
