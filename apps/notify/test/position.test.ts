import { actLimits } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { countsOf, mostKept } from "../src/batch.ts"
import { positionText, readPosition } from "../src/position.ts"
import { mostOpen } from "../src/teller.ts"

/** The bucket's, for one position. */
const mostBytes = 256 * 1024

describe("a position", () => {
  it("fits into the bucket, however much is open, waits and is acknowledged by people with long names", () => {
    const id = "x".repeat(actLimits.idChars)
    const acknowledged = { id, by: "\u20ac".repeat(actLimits.byChars), at: "2026-01-05T10:00:00.000Z" }
    const text = positionText({
      incidents_seq: Number.MAX_SAFE_INTEGER,
      decided: "2026-01-05T10:00:00.000Z",
      open: Array.from({ length: mostOpen }, () => ({
        seq: Number.MAX_SAFE_INTEGER,
        told: { severity: "MEDIUM", cause: "0123456789abcdef", acknowledged: id }
      })),
      waiting: {
        since: Date.now(),
        changes: Array.from({ length: mostKept }, () => ({
          state: "acknowledged",
          seq: Number.MAX_SAFE_INTEGER,
          severity: "MEDIUM",
          acknowledged
        })),
        counts: countsOf(() => Number.MAX_SAFE_INTEGER),
        sealed: { held_since: Date.now(), held_for: "digest" }
      },
      sent: Array.from({ length: 100 }, () => Date.now())
    })
    assert.isBelow(Buffer.byteLength(text), mostBytes)
    assert.strictEqual(readPosition(text)?.schema, "chaussettes.notify.v2")
  })

  it("of another schema, or with a field that is none, is not read", () => {
    const position = { incidents_seq: 1, decided: "", open: [] }
    assert.isDefined(readPosition(positionText(position)))
    assert.isUndefined(readPosition(JSON.stringify({ ...position, schema: "chaussettes.notify.v3" })))
    assert.isUndefined(readPosition(positionText({ ...position, decided: "yesterday" })))
    assert.isUndefined(readPosition("{"))
  })
})
