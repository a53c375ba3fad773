import { assert, describe, it } from "@effect/vitest"
import { LineSample, linesAMessage } from "../../src/replay/forecast.ts"
import { trafficBytes } from "../traffic/helpers.ts"

const nowMs = Date.UTC(2015, 4, 20)
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const at = (ms: number): string => {
  const t = new Date(ms)
  const time = t.toISOString().slice(11, 19)
  return `10.0.0.1 - - [${`${t.getUTCDate()}`.padStart(2, "0")}/${months[t.getUTCMonth()]}/${t.getUTCFullYear()}:${time} +0000] "GET / HTTP/1.1" 200 1`
}
const minute = 60_000
const lookAt = (messages: ReadonlyArray<string>, shiftMs = 0) => {
  const sample = new LineSample()
  for (const message of messages) sample.look(Buffer.from(message), shiftMs, nowMs)
  return sample.outcomes
}
const minutesAgo = (minutes: ReadonlyArray<number>) => minutes.map((ago) => at(nowMs - ago * minute))

describe("a sample of the lines that are sent", () => {
  it("is the first lines of each message, so that the same bytes give the same sample", () => {
    const lines = trafficBytes({}, 500).toString()
    assert.strictEqual(lookAt([lines, lines, at(nowMs)]).lines, 2 * linesAMessage + 1)
  })

  it("finds nothing in lines that the detector uses, late ones that it still folds among them", () => {
    const lines = minutesAgo([60, 59, 50, 59, 49, 59, 40])
    assert.deepStrictEqual(lookAt(lines), { lines: 7, late: 0, rejected: {} })
  })

  it("finds lines that are too far behind those before them", () => {
    assert.deepStrictEqual(lookAt(minutesAgo([30, 25, 20, 15, 10, 25, 24, 18])).late, 2)
  })

  it("does not take one line far ahead for the time of all", () => {
    assert.strictEqual(lookAt(minutesAgo([600, 599, 5, 598, 597])).late, 0)
    assert.strictEqual(lookAt(minutesAgo([600, 599, 5, 4, 598, 597])).late, 2)
  })

  it("keeps up with a log that has a line an hour", () => {
    assert.strictEqual(lookAt(minutesAgo([300, 240, 180, 120, 60])).late, 0)
  })

  it("finds lines ahead of the clock, by the times that they will have", () => {
    const ahead = [at(nowMs + 2 * 60 * minute), at(nowMs + 4 * minute)]
    assert.deepStrictEqual(lookAt(ahead).rejected, { future: 1 })
    assert.deepStrictEqual(lookAt(ahead, -2 * 60 * minute).rejected, {})
    assert.deepStrictEqual(lookAt([at(nowMs)], 6 * minute).rejected, { future: 1 })
  })

  it("reads lines as the detector does: in the format that they show, or that their message declares", () => {
    const json = JSON.stringify({
      time: "2015-05-19T23:59:00Z",
      remote_addr: "10.0.0.1",
      request: "GET / HTTP/1.1",
      status: 200
    })
    assert.deepStrictEqual(lookAt([`${json}\n${json}`]), { lines: 2, late: 0, rejected: {} })
    const own = Buffer.from('10.0.0.1 10.0.0.9 [19/May/2015:23:59:00 +0000] "GET / HTTP/1.1" 200')
    const sample = new LineSample()
    sample.look(own, 0, nowMs, '$remote_addr $server_addr [$time_local] "$request" $status')
    assert.deepStrictEqual(sample.outcomes, { lines: 1, late: 0, rejected: {} })
  })

  it("finds lines that do not parse, and those that parse inside a shipper's JSON", () => {
    assert.deepStrictEqual(lookAt(["#Fields: date time\n2015-05-20 10:00:00 GET / 200"]).rejected, { truncated: 2 })
    assert.deepStrictEqual(lookAt([`{"log":${JSON.stringify(at(nowMs))}}\n{"log":${JSON.stringify(at(nowMs))}}`]), {
      lines: 2,
      late: 0,
      rejected: {}
    })
  })
})
