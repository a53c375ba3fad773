import { alertOf, type KnownRecord, orderOf } from "@chaussettes/domain"
import {
  Alerts,
  Incidents,
  type StoredAlert,
  type StoredIncident,
  type TypedLog,
  Windows
} from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import { describe, expect, it } from "vitest"
import { readTails, type Tails } from "../src/queries/index.ts"
import { eventAt } from "./incident-events.ts"
import { recordOf } from "./records.ts"

const t0 = Date.UTC(2026, 10, 24, 10)

/** A stream in memory that notes from where on it was read. */
const logOf = <Item extends { readonly seq: number }>(items: Array<Item>, startOf: (item: Item) => number) => {
  const reads: Array<number> = []
  const log: TypedLog<Item> = {
    bounds: Effect.sync(() => ({ firstSeq: items[0]?.seq ?? 1, lastSeq: items.at(-1)?.seq ?? 0 })),
    lastSeq: Effect.sync(() => items.at(-1)?.seq ?? 0),
    get: (seq) => Effect.sync(() => items.find((item) => item.seq === seq)),
    latest: Effect.sync(() => items.at(-1)),
    latestThrough: (seq) => Effect.sync(() => items.findLast((item) => item.seq <= seq)),
    firstFrom: (timeMs) => Effect.sync(() => items.find((item) => startOf(item) >= timeMs)),
    read: (fromSeq) => {
      reads.push(fromSeq)
      return Stream.fromIterable(items.filter(({ seq }) => seq >= fromSeq))
    },
    follow: () => Stream.never,
    telling: () => log
  }
  return { items, reads, log }
}

const windowAt = (seq: number, created = "2026-11-24T09:00:00Z"): KnownRecord => ({
  seq,
  record: recordOf(t0 + seq * 10_000, { through_seq: seq * 10, logs_created: created })
})
const alertAt = (seq: number): StoredAlert => ({
  seq,
  alert: alertOf({
    dimension: "ip",
    key: new TextEncoder().encode("192.0.2.7"),
    startMs: t0 + seq * 10_000,
    windowMs: 10_000,
    total: 20,
    errors: 14,
    threshold: 0.3,
    revision: 4,
    lines: { first_seq: 1, last_seq: 2 },
    language: "en"
  })
})
const incidentAt = (seq: number): StoredIncident => ({ seq, event: eventAt(t0 + seq * 10_000) })
const upTo = <A>(count: number, at: (seq: number) => A) => Array.from({ length: count }, (_, i) => at(i + 1))

const world = (count: number) => {
  const windows = logOf(upTo(count, windowAt), ({ record }) => orderOf(record).endMs)
  const alerts = logOf(upTo(count, alertAt), () => 0)
  const incidents = logOf(upTo(count, incidentAt), () => 0)
  const look = (before?: Tails) =>
    Effect.runPromise(
      readTails(before).pipe(
        Effect.provideService(Windows, windows.log),
        Effect.provideService(Alerts, alerts.log),
        Effect.provideService(Incidents, incidents.log)
      )
    )
  return { windows, alerts, incidents, look }
}
const seqsOf = (items: ReadonlyArray<{ readonly seq: number }>) => items.map(({ seq }) => seq)

describe("the tails of WINDOWS, ALERTS and INCIDENTS", () => {
  it("are read once: a further look reads what is new and the last one that it knows", async () => {
    const { windows, alerts, incidents, look } = world(20)
    const first = await look()
    const idle = await look(first)
    expect([windows.reads.length, alerts.reads.length, incidents.reads.length]).toEqual([1, 1, 1])
    expect(idle).toEqual(first)
    expect(first.oldestMs).toBe(t0 + 10_000)
    windows.items.push(windowAt(21), windowAt(22))
    alerts.items.push(alertAt(21))
    incidents.items.push(incidentAt(21))
    const second = await look(idle)
    expect([windows.reads.at(-1), alerts.reads.at(-1), incidents.reads.at(-1)]).toEqual([20, 20, 20])
    expect(seqsOf(second.incidents)).toEqual(upTo(21, (seq) => seq))
    expect(seqsOf(second.windows)).toEqual(upTo(22, (seq) => seq))
    expect(seqsOf(second.alerts)).toEqual(upTo(21, (seq) => seq))
  })

  it("hold no more events of incidents than so many, with long keys cut", async () => {
    const { incidents, look } = world(20)
    const key = `/${"a".repeat(9_000)}`
    const cause = { dimension: "url" as const, key, keys: [key], key_count: 1, share: 1 }
    incidents.items.push(...upTo(3_000, (seq) => ({ seq: 20 + seq, event: eventAt(t0 + seq * 10_000, { cause }) })))
    const held = (await look()).incidents
    expect(held.length).toBe(2_000)
    expect(held.at(-1)!.seq).toBe(3_020)
    expect(JSON.stringify(held.at(-1)).length).toBeLessThan(4_000)
  })

  it("hold no more than the last hour of windows, and no more than so many alerts", async () => {
    const { windows, alerts, look } = world(300)
    const first = await look()
    windows.items.push(...upTo(200, (seq) => windowAt(300 + seq)))
    alerts.items.push(...upTo(6_000, (seq) => alertAt(300 + seq)))
    const second = await look(first)
    expect(second.windows.length).toBe(360)
    expect(second.windows[0]!.seq).toBe(141)
    expect(second.alerts.length).toBe(5_000)
    expect(second.alerts.at(-1)!.seq).toBe(6_300)
    // Of what a detector writes that catches up, all would be too much to hold.
    expect(alerts.reads.at(-1)).toBe(1_301)
  })

  it("begin again where a stream was deleted and made again, shorter or longer than before", async () => {
    for (const count of [5, 50]) {
      const { windows, look } = world(20)
      const first = await look()
      windows.items.splice(0, 20, ...upTo(count, (seq) => windowAt(seq, "2026-11-25T09:00:00Z")))
      const second = await look(first)
      expect(new Set(second.windows.map(({ record }) => record.logs_created))).toEqual(
        new Set(["2026-11-25T09:00:00Z"])
      )
      expect(second.windows.length).toBe(count)
    }
  })
})
