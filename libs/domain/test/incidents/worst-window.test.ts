import { describe, expect, it } from "vitest"
import { firstModel, IncidentDetector, type KeyPanes, type WindowPanes } from "../../src/index.ts"
import { windowMs } from "./site.ts"

const keys = 20_000
/** A window may take fifty milliseconds, and takes about half of that. The machine of a test may be busy, and code that has not run before is slower. */
const mostMs = 200

const network = (i: number) => `10.${i >> 8}.${i & 255}`

/** Keys that all fail, once each. */
class Failing implements KeyPanes {
  readonly count: number
  readonly #textOf: (i: number) => string
  texts = 0

  constructor(count: number, textOf: (i: number) => string) {
    this.count = count
    this.#textOf = textOf
  }
  requests() {
    return 1
  }
  errors() {
    return 1
  }
  errorsOf(_: number, errorClass: 0 | 1) {
    return errorClass
  }
  hash(i: number) {
    return Math.imul(i + 1, 0x9e3779b1)
  }
  text(i: number) {
    this.texts++
    return this.#textOf(i)
  }
  is(i: number, text: string) {
    return this.#textOf(i) === text
  }
}

const panesAt = (at: number, count: number) => {
  const [ip, url] = [new Failing(count, (i) => `${network(i)}.7`), new Failing(count, (i) => `/p/${i}`)]
  const panes: WindowPanes = {
    startMs: at * windowMs,
    endMs: (at + 1) * windowMs,
    requests: count,
    errors: [0, count],
    ip,
    url,
    joint: (most) =>
      Array.from({ length: Math.min(most, count) }, (_, i) => ({
        client: `${network(i)}.7`,
        url: `/p/${i}`,
        status: 500,
        errors: 1
      }))
  }
  return { panes, ip, url }
}

describe("a window in which twenty thousand clients and as many URLs fail", () => {
  it("is judged, and its cause found, within its time, and asks for each client's text once and for no URL's", () => {
    const detector = new IncidentDetector(firstModel(windowMs, 1))
    for (let at = 0; at < 3; at++) detector.window(panesAt(at, 1).panes)
    const events: Array<string> = []
    const tookMs = [3, 4, 5, 6, 7].map((at) => {
      const { panes, ip, url } = panesAt(at, keys)
      // Processor time: others may have the processor meanwhile.
      const before = process.cpuUsage()
      detector.window(panes)
      const { user, system } = process.cpuUsage(before)
      events.push(...detector.take().map(({ type, cause }) => `${type} ${cause.dimension}`))
      expect({ clients: ip.texts, urls: url.texts }).toEqual({ clients: keys, urls: 0 })
      return (user + system) / 1_000
    })
    expect(events).toContain("opened global")
    expect(Math.min(...tookMs)).toBeLessThan(mostMs)
  })
})
