import { describe, expect, it } from "vitest"
import {
  batchOf,
  CLIENT_ERROR,
  Detection,
  defaultReading,
  defaultSettings,
  ERROR,
  firstThresholds,
  KeyTable,
  kindsIn,
  type LineReading,
  type PerDimension,
  parseStatuses,
  SERVER_ERROR,
  thresholdsOf
} from "../src/index.ts"
import { errorsIn } from "../src/statuses.ts"
import { bytesOf, common } from "./support/lines.ts"

const counted = (text: string): ReadonlyArray<number> =>
  [0, 200, 400, 404, 429, 444, 499, 500, 502, 599, 600, 999].filter((status) => errorsIn(text)[status] === 1)

describe("which statuses count as errors", () => {
  it.each([
    [">=400", ">=400", [400, 404, 429, 444, 499, 500, 502, 599, 600, 999]],
    ["400..", ">=400", [400, 404, 429, 444, 499, 500, 502, 599, 600, 999]],
    ["4xx", "4xx", [400, 404, 429, 444, 499]],
    ["5XX", "5xx", [500, 502, 599]],
    ["4xx-404", "400..403+405..499", [400, 429, 444, 499]],
    [" 5xx + 429 ", "429+5xx", [429, 500, 502, 599]],
    ["none+5xx", "none+5xx", [0, 500, 502, 599]],
    ["0+404", "none+404", [0, 404]],
    ["4xx+5xx", "400..599", [400, 404, 429, 444, 499, 500, 502, 599]],
    [">=400-499-444+444", "400..498+>=500", [400, 404, 429, 444, 500, 502, 599, 600, 999]]
  ])("%j is %j in a record", (text, canonical, statuses) => {
    expect(parseStatuses(text)).toEqual({ ok: true, value: canonical })
    expect(counted(canonical)).toEqual(statuses)
    expect(counted(text)).toEqual(statuses)
  })

  it.each(["", "4", "4xxx", "0xx", "404..400", "99..", "1000", "-404", "4xx-", "200-200", "400-499x"])(
    "%j is refused",
    (text) => expect(parseStatuses(text).ok).toBe(false)
  )
})

const decided = (
  lines: ReadonlyArray<string>,
  errors?: PerDimension<string>,
  reading: LineReading | undefined = defaultReading
) => {
  const settings = { ...defaultSettings, errors, reading, leastRequests: { global: 1, ip: 1, url: 1 } }
  const seuils = thresholdsOf({ ...firstThresholds, ip: 0, url: 0 })
  const detection = new Detection(settings, seuils, { origin: "logs", hashSeed: 1 })
  detection.ingest(batchOf([{ seq: 1, source: "a", storedMs: Date.UTC(2026, 0, 5), bytes: bytesOf(lines.join("\n")) }]))
  detection.silence(Number.MAX_SAFE_INTEGER)
  return detection.take().decisions[0]!
}

const statuses = ["200", "404", "404.0", "499", "444", "502", "-", "000", "999"]
const lines = statuses.map((status, i) => common({ status, client: `10.0.0.${i}` }))

describe("a window's statuses", () => {
  it("are counted one by one: 404.0 is 404, 499 and 444 are the client's, no answer is 0, 999 is of neither kind", () => {
    const { record } = decided(lines, defaultSettings.errors)
    expect(record).toMatchObject({ total: 9, errors: 6, client_errors: 4, server_errors: 1 })
    expect(record.statuses).toEqual([0, 2, 200, 1, 404, 2, 444, 1, 499, 1, 502, 1, 999, 1])
    expect(kindsIn(record.statuses!)).toEqual({ client: 4, server: 1 })
  })

  it("are counted and judged by dimension", () => {
    const { record, alerts } = decided(lines, { global: "5xx", ip: "404+none", url: "499" })
    expect(record.rules.errors).toEqual({ global: "5xx", ip: "404+none", url: "499" })
    expect(record).toMatchObject({ errors: 1, client_errors: 4, server_errors: 1 })
    expect(record.breaches).toEqual({ global: 1, ip: 4, url: 1 })
    expect(record.top.ip.map(({ key, client_errors: client }) => [key, client])).toEqual([
      ["10.0.0.1", 1],
      ["10.0.0.2", 1],
      ["10.0.0.6", undefined],
      ["10.0.0.7", undefined]
    ])
    expect(record.top.url).toMatchObject([{ total: 9, errors: 1, client_errors: 4, server_errors: 1 }])
    expect(alerts.find(({ type }) => type === "URL_ERROR_RATE")).toMatchObject({
      errors: 1,
      client_errors: 4,
      server_errors: 1
    })
  })

  it("are as many as there may be: each of nine hundred stands in the record", () => {
    const many = Array.from({ length: 900 }, (_, i) => common({ status: `${i + 100}` }))
    const { record } = decided(many, defaultSettings.errors)
    expect(record.statuses).toEqual(Array.from({ length: 900 }, (_, i) => [i + 100, 1]).flat())
    expect(record).toMatchObject({ total: 900, client_errors: 100, server_errors: 100, errors: 600 })
  })

  it("are not told by rules that do not name errors, so that old records are derived again as they are", () => {
    const { record, alerts } = decided(lines)
    expect(record).toMatchObject({ errors: 6 })
    for (const said of [record, record.rules, ...record.top.ip, ...record.top.url, ...alerts]) {
      for (const field of ["client_errors", "server_errors", "statuses"]) expect(said).not.toHaveProperty(field)
    }
    expect(record.rules).not.toHaveProperty("errors")
  })
})

describe("a table's counts of client and server errors", () => {
  const key = (n: number) => bytesOf(`k${n}`)
  const add = (table: KeyTable, n: number, mark: number) => table.add(key(n), 0, key(n).length, n * 7919, mark, 1)
  const told = (table: KeyTable) =>
    Object.fromEntries(
      Array.from({ length: table.count }, (_, i) => [
        new TextDecoder().decode(table.key(i)),
        [table.total(i), table.errors(i), table.clientErrors(i), table.serverErrors(i)]
      ])
    )

  it("stay with their keys when the table grows, forgets, is trimmed, emptied and added to another", () => {
    const budget = { keys: 0 }
    const table = new KeyTable(64, 1 << 20, budget)
    add(table, 1, 0)
    for (let i = 0; i < 9; i++) add(table, 2, CLIENT_ERROR)
    for (let i = 0; i < 8; i++) add(table, 3, ERROR | SERVER_ERROR)
    // Beyond the limit those that came once go.
    for (let n = 10; n < 100; n++) add(table, n, n % 2 === 0 ? SERVER_ERROR : 0)
    expect(told(table)).toMatchObject({ k2: [9, 0, 9, 0], k3: [8, 8, 0, 8], k98: [1, 0, 0, 1], k99: [1, 0, 0, 0] })
    table.trim()
    const other = new KeyTable(1000, 1 << 20, budget)
    add(other, 3, CLIENT_ERROR)
    for (let i = 0; i < table.count; i++) other.addFrom(table, i)
    expect(told(other)).toMatchObject({ k2: [9, 0, 9, 0], k3: [9, 8, 1, 8] })
    table.clear(0)
    for (let n = 1; n < 40; n++) add(table, n, 0)
    expect(Object.values(told(table)).every(([, ...kinds]) => kinds.every((count) => count === 0))).toBe(true)
  })
})
