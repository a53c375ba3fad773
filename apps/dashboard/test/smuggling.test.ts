import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeServer } from "./fixture.ts"
import { running } from "./server.ts"

/* What a proxy in front and this server could read differently, as bytes; and paths that a router takes for one another. */

const token = "Zq7-vK2mWx9.bT4hRc0s"
const inner = "GET /api/v1/rejects HTTP/1.1\r\nHost: localhost\r\n\r\n"

/** All that the server says to some bytes until it closes, or has been silent for a while. */
const said = (url: string, bytes: string) =>
  new Promise<string>((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    let heard = ""
    socket.setTimeout(300, () => socket.destroy())
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1")
    })
    socket.on("error", reject)
    socket.on("close", () => resolve(heard))
  })

const request = (headers: ReadonlyArray<string>, body: string) =>
  `POST /api/v1/logout HTTP/1.1\r\nHost: localhost\r\n${headers.map((header) => `${header}\r\n`).join("")}\r\n${body}`

describe("a request inside another", () => {
  it.live.each([
    [
      "with both lengths",
      request([`Content-Length: ${inner.length + 5}`, "Transfer-Encoding: chunked"], `0\r\n\r\n${inner}`)
    ],
    ["with two lengths", request(["Content-Length: 0", `Content-Length: ${inner.length}`], inner)],
    ["with two codings", request(["Transfer-Encoding: chunked, identity"], `0\r\n\r\n${inner}`)],
    ["with a coding that is hidden", request(["Transfer-Encoding: \x0bchunked", "Content-Length: 0"], inner)],
    ["with a blank before the colon", request(["Content-Length : 0"], inner)],
    ["with a length that is no number", request([`Content-Length: +${inner.length}`], inner)],
    ["with a folded header", request(["X: a\r\n Content-Length: 0"], inner)],
    ["with a bare carriage return", request(["X: a\rContent-Length: 0"], inner)],
    ["with a chunk whose end is missing", request(["Transfer-Encoding: chunked"], `1;\nx\r\n0\r\n\r\n${inner}`)]
  ])("%s, is never one of its own that is answered beside it: the server closes", ([, bytes]) =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer)
      const heard = yield* Effect.promise(() => said(page.url, bytes!))
      assert.strictEqual(heard.split("HTTP/1.1 ").length - 1, 1, heard)
      assert.notInclude(heard, '"rejects"')
    }).pipe(Effect.scoped)
  )
})

describe("fifteen spellings of a path", () => {
  it.live.each([
    "/api/v1/rejects",
    "//api/v1/rejects",
    "/api//v1/rejects",
    "/api/v1/rejects/",
    "/API/V1/REJECTS",
    "/%61pi/v1/rejects",
    "/api%2fv1%2frejects",
    "/api/v1/./rejects",
    "/x/../api/v1/rejects",
    "/api/v1/%2e%2e/v1/rejects",
    "/api\\v1\\rejects",
    "/api/v1/rejects?x",
    "/api/v1/rejects#x",
    "/api/v1/rejects;x",
    "http://localhost/api/v1/rejects"
  ])("%s shows nothing without the token", (path) =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer, { access: { _tag: "Open", linesToken: token } })
      const heard = yield* Effect.promise(() => said(page.url, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`))
      assert.notInclude(heard, '"rejects"')
      // Either nobody is let in, or nothing of the logs stands there: the page itself, or nothing.
      assert.match(heard, /^HTTP\/1\.1 (40[0-4]|200 OK[\s\S]*<title>page<\/title>)/)
    }).pipe(Effect.scoped)
  )
})
