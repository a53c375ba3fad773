import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type Listener, openDoor, parseListeners, parsePeers } from "../../src/receive/address.ts"

const parse = (text: string) => parseListeners("--syslog", text, ["udp", "tcp"], ["udp", "tcp", "tls"])
const open = { peers: false, token: false, clientCertificates: false }
const at = (protocol: Listener["protocol"], host = "0.0.0.0"): Listener => ({ protocol, host, port: 1 })

describe("an address to listen on", () => {
  it("without a host is this machine's alone, and without a protocol each that is usual", () => {
    assert.deepEqual(Result.getOrThrow(parse(":5514")), [
      { protocol: "udp", host: "127.0.0.1", port: 5514 },
      { protocol: "tcp", host: "127.0.0.1", port: 5514 }
    ])
    assert.deepEqual(Result.getOrThrow(parse("tls://[::1]:6514")), [{ protocol: "tls", host: "::1", port: 6514 }])
  })

  it("is refused in any other form", () => {
    for (const text of ["5514", ":99999", "http://:80", "a b:1", ""]) assert.isTrue(Result.isFailure(parse(text)), text)
  })

  it("beyond this machine needs what tells senders apart", () => {
    for (const protocol of ["udp", "tcp", "tls", "http", "https"] as const) {
      assert.match(openDoor(at(protocol), open)?.message ?? "", /^Refusing to accept lines from every client/)
      assert.isUndefined(openDoor(at(protocol, "127.0.0.1"), open))
      assert.isUndefined(openDoor(at(protocol), { ...open, peers: true }))
    }
    const certified = { ...open, clientCertificates: true }
    assert.isUndefined(openDoor(at("tls"), certified))
    assert.isUndefined(openDoor(at("https"), certified))
    for (const protocol of ["udp", "tcp", "http"] as const) assert.isDefined(openDoor(at(protocol), certified))
    const asking = { ...open, token: true }
    assert.isUndefined(openDoor(at("http"), asking))
    for (const protocol of ["udp", "tcp", "tls"] as const) assert.isDefined(openDoor(at(protocol), asking))
  })
})

describe("--allow", () => {
  it("lets this machine in and the networks named, v4-mapped or not", () => {
    const peers = Result.getOrThrow(parsePeers(["192.0.2.0/24,2001:db8::/32", "198.51.100.7"]))!
    for (const address of ["127.0.0.1", "::1", "192.0.2.9", "::ffff:192.0.2.9", "2001:db8::9", "198.51.100.7"]) {
      assert.isTrue(peers.allows(address), address)
    }
    for (const address of ["192.0.3.1", "198.51.100.8", "2001:db9::1", "::ffff:10.0.0.1", undefined]) {
      assert.isFalse(peers.allows(address), address)
    }
  })

  it("refuses what is no network", () => {
    for (const text of ["web-1", "192.0.2.0/33", "192.0.2.0/x", ""]) {
      assert.isTrue(Result.isFailure(parsePeers([text])), text)
    }
  })
})
