import { assert, describe, it } from "@effect/vitest"
import { type Read, readText } from "../../../../libs/domain/test/format/read.ts"
import { firstTimeMs, greatestTimeMs, shiftTimes, TimeNotShifted } from "../../src/replay/rebase.ts"
import { trafficBytes } from "../traffic/helpers.ts"
import { corpus } from "./corpus.ts"

/** Its times are cut in two. */
const cannotShift: ReadonlyArray<string> = [
  "Gin",
  "journald, whose message is no UTF-8",
  "Combined, nginx in Kubernetes CRI in parts"
]

const bytes = (text: string) => Buffer.from(text)
const text = (some: Uint8Array) => Buffer.from(some).toString()

const line = (client: string, time: string) => `${client} - - [${time}] "GET / HTTP/1.1" 200 1`

describe("shiftTimes", () => {
  it("rewrites the times of lines in their own zones, and nothing else", () => {
    const before = [
      line("10.0.0.1", "28/Feb/2026:23:59:59 +0000"),
      "not a line [28/Feb/2026:23:59:59 +0000]",
      line("10.0.0.2", "01/Mar/2026:05:29:59 +0530"),
      `${line("10.0.0.3", "28/Feb/2026:19:29:59 -0430")} "-" "[28/Feb/2026:23:59:59 +0000]"`
    ]
    assert.deepStrictEqual(text(shiftTimes(1000)(bytes(before.join("\n")))).split("\n"), [
      line("10.0.0.1", "01/Mar/2026:00:00:00 +0000"),
      before[1],
      line("10.0.0.2", "01/Mar/2026:05:30:00 +0530"),
      `${line("10.0.0.3", "28/Feb/2026:19:30:00 -0430")} "-" "[28/Feb/2026:23:59:59 +0000]"`
    ])
  })

  it("leaves the bytes it was given alone and is undone by the shift back", () => {
    const lines = trafficBytes({ malformed: 0.1, late: 0.1, zoneMinutes: 330 }, 1_000)
    const copy = Buffer.from(lines)
    const there = shiftTimes(123_456_000)(lines)
    assert.isTrue(lines.equals(copy))
    assert.isFalse(lines.equals(there))
    assert.isTrue(lines.equals(shiftTimes(-123_456_000)(there)))
  })
})

describe("shiftTimes, for lines of any format", () => {
  const shiftMs = 40 * 86_400_000 + 3_723_000

  it.each(corpus.formats.map((format) => [format.name, format] as const))(
    "%s: shifts what is read as the time and changes nothing else, or says that it cannot",
    (name, format) => {
      const before = `${format.head ?? ""}${corpus.requests.map(format.line).join("\n")}\n`
      const moved = (read: Read | string) =>
        typeof read === "string" ? read : { ...read, time: new Date(Date.parse(read.time) + shiftMs).toISOString() }
      const shift = () => text(shiftTimes(shiftMs)(bytes(before)))
      if (cannotShift.includes(name)) assert.throws(shift, TimeNotShifted)
      else assert.deepStrictEqual(readText(shift()).lines, readText(before).lines.map(moved), shift())
    }
  )
})

describe("firstTimeMs and greatestTimeMs", () => {
  it("pass over lines without a time", () => {
    const lines = bytes(
      [
        "x",
        line("a.b", "28/Feb/2026:00:00:02 +0000"),
        line("a.b", "28/Feb/2026:00:00:03 +0000"),
        line("a.b", "28/Feb/2026:00:00:01 +0000"),
        "y"
      ].join("\n")
    )
    assert.strictEqual(firstTimeMs(lines), Date.UTC(2026, 1, 28, 0, 0, 2))
    assert.strictEqual(greatestTimeMs(lines), Date.UTC(2026, 1, 28, 0, 0, 3))
    assert.isUndefined(firstTimeMs(bytes("x\ny")))
    assert.isUndefined(greatestTimeMs(bytes("")))
  })
})
