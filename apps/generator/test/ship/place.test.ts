import { assert, describe, it } from "@effect/vitest"
import { advanced, beginning, beginsLike, checkOf, type Mark, markAt } from "../../src/ship/mark.ts"
import { identityHeaders, identityIn, logKey, placeHeaders, type Shipped, shippedOf } from "../../src/ship/place.ts"
import { rotated } from "../../src/ship/rotation.ts"

const bytesOf = (count: number, seed = 1) => Uint8Array.from({ length: count }, (_, i) => (i * 31 + seed * 7) % 251)

describe("a mark", () => {
  it("is the same however the bytes came, and as it is read from the file", async () => {
    const file = bytesOf(5_000)
    for (const end of [1, 255, 256, 1_023, 1_024, 1_025, 4_999]) {
      const whole = advanced(beginning, file.subarray(0, end))
      let pieces: Mark = beginning
      for (let at = 0; at < end; at += 97) pieces = advanced(pieces, file.subarray(at, Math.min(end, at + 97)))
      const read = await markAt(end, async (at, length) => file.subarray(at, at + length))
      assert.strictEqual(checkOf(pieces), checkOf(whole))
      assert.strictEqual(checkOf(read!), checkOf(whole))
    }
  })

  it("tells files apart that begin alike, and places of one file", () => {
    const one = bytesOf(3_000)
    const other = Uint8Array.from(one)
    other[2_900] = other[2_900]! ^ 1
    assert.notStrictEqual(checkOf(advanced(beginning, one)), checkOf(advanced(beginning, other)))
    assert.notStrictEqual(checkOf(advanced(beginning, one)), checkOf(advanced(beginning, one.subarray(0, 2_999))))
    assert.isTrue(beginsLike(one.subarray(0, 100), other))
    assert.isFalse(beginsLike(bytesOf(100, 2), other))
  })

  it("is not found in a file that is shorter", async () => {
    const file = bytesOf(100)
    assert.isUndefined(await markAt(101, async (at, length) => file.subarray(at, at + length)))
  })
})

describe("what a message says of its ship", () => {
  const shipped: Shipped = {
    places: [
      {
        log: logKey("/var/log/a.log"),
        offset: 0x1_0000_0000_0,
        check: "abcdefgh",
        head: "hijk-_",
        modifiedS: 1_700_000_000
      },
      { log: logKey("/var/log/a.log"), offset: 12, check: "-_345678", head: "ABCDEF", modifiedS: 1_700_000_100 }
    ],
    behind: { bytes: 12, ms: 30 }
  }

  it("is read as it was written", () => {
    const identity = { life: "abcDEF_-0123", message: 17, host: "web 1" }
    assert.deepStrictEqual(identityIn(identityHeaders(identity)), identity)
    assert.deepStrictEqual(shippedOf(placeHeaders(shipped)), shipped)
    assert.deepStrictEqual(shippedOf(placeHeaders({ ...shipped, places: [] })), { ...shipped, places: [] })
  })

  it("is nothing where another program or a later version wrote it", () => {
    const headers = placeHeaders(shipped)
    assert.isUndefined(shippedOf({}))
    assert.isUndefined(identityIn({}))
    assert.isUndefined(shippedOf({ ...headers, "Chaussettes-Places": "2 abc" }))
    assert.isUndefined(shippedOf({ ...headers, "Chaussettes-Places": "1 abc damaged" }))
  })
})

describe("the name of a rotated file", () => {
  const says = (name: string, ...logs: ReadonlyArray<string>) => rotated(name, (log) => logs.includes(log))
  it.each([
    ["access.log", "access.log", undefined, "plain"],
    ["access.log.1", "access.log", 1, "plain"],
    ["access.log.12.gz", "access.log", 12, "gzip"],
    ["access.log-20260105", "access.log", undefined, "plain"],
    ["access.log-20260105.zst", "access.log", undefined, "zstd"],
    ["access.log-2026-01-05-13.gz", "access.log", undefined, "gzip"],
    ["access.log-1767600000.gz", "access.log", undefined, "gzip"],
    ["access.log.2.bz2", "access.log", 2, "other"],
    ["access-20260105.log", "access.log", undefined, "plain"],
    ["localhost_access_log.2026-01-05.txt", "localhost_access_log.txt", undefined, "plain"],
    ["access_log.old", "access_log", 1, "plain"]
  ] as const)("%s is a file of %s", (name, log, number, packing) => {
    assert.deepStrictEqual(says(name), { log, number, packing })
  })

  it("that has a small number within is a log's own, unless there is a log without the number", () => {
    assert.strictEqual(says("site.1.log").log, "site.1.log")
    assert.strictEqual(says("site.1.log", "site.log").log, "site.log")
    assert.strictEqual(says("vhost-2.log", "vhost.log").log, "vhost-2.log")
  })
})
