import { rfc3339, type WindowRecord } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { clean, countsOf, decidedWorld, stepsOf, type World, windowMs } from "./world.ts"

const seeds = Array.from({ length: 20 }, (_, i) => i + 1)

describe("an undisturbed run", () => {
  it.each(seeds)("is found to be what LOGS gives (seed %i)", async (seed) => {
    const world = await decidedWorld(seed)
    const verification = await world.verify()
    expect(countsOf(verification)).toEqual(clean)
    expect(verification.findings!.windows.same).toBe(world.records.length)
    expect(verification.findings!.alerts.same).toBe(world.alerts.length)
    expect(world.alerts.length).toBeGreaterThan(0)
  })

  it("counts every line once: in a window, as late or as rejected", async () => {
    const world = await decidedWorld(3)
    const { findings } = await world.verify()
    const late = world.records.reduce((sum, { since_last }) => sum + since_last.late, 0)
    const lines = stepsOf(3).reduce((sum, step) => sum + (step.kind === "message" ? step.lines.length : 0), 0)
    expect(late).toBeGreaterThan(0)
    expect(findings!.lines + late).toBe(lines)
  })

  it("counts every line once where late ones are folded in: in a window or in a revision", async () => {
    for (const seed of [2, 4, 8, 12, 16, 18]) {
      const world = await decidedWorld(seed)
      const { findings } = await world.verify()
      const lines = stepsOf(seed).reduce((sum, step) => sum + (step.kind === "message" ? step.lines.length : 0), 0)
      expect(world.records.some(({ revision }) => revision !== undefined)).toBe(true)
      expect(findings!.lines).toBe(lines)
    }
  })
})

const shifted = (time: string, byMs: number): string => rfc3339(Date.parse(time) + byMs)

/** A change behind the detector's back, for every place where it can be made. */
const everywhere = async (
  seed: number,
  places: (world: World) => number,
  change: (world: World, place: number) => void,
  check: (counts: ReturnType<typeof countsOf>, world: World, place: number) => void
) => {
  const count = places(await decidedWorld(seed))
  expect(count).toBeGreaterThan(0)
  for (let place = 1; place <= count; place++) {
    const world = await decidedWorld(seed)
    change(world, place)
    check(countsOf(await world.verify()), world, place)
  }
}

describe("an alert", () => {
  it("that is deleted is lost, whichever it is", () =>
    everywhere(
      1,
      (world) => world.alerts.length,
      (world, seq) => world.delete("ALERTS", seq),
      (counts) => expect(counts).toEqual({ windows: [0, 0, 0], alerts: [1, 0, 0] })
    ))

  it.each([
    "schema",
    "id",
    "timestamp",
    "type",
    "severity",
    "message",
    "value",
    "threshold",
    "window",
    "total_requests",
    "errors",
    "seuils_revision",
    "lines"
  ] as const)("whose %s is altered is different", (field) =>
    everywhere(
      2,
      (world) => Math.min(8, world.alerts.length),
      (world, seq) => {
        const alert = world.alerts[seq - 1]!
        const value = alert[field]
        world.alter("ALERTS", seq, { ...alert, [field]: typeof value === "number" ? value + 1 : `${value}x` })
      },
      (counts) => {
        expect(counts.windows).toEqual([0, 0, 0])
        expect(counts.alerts).toEqual([0, 0, 1])
      }
    )
  )

  it("that is stored twice is extra, beside the other one or at the end", () =>
    everywhere(
      1,
      (world) => world.alerts.length,
      (world, seq) =>
        world.rewrite("ALERTS", (messages) => {
          messages.splice(seq % 2 === 0 ? seq : messages.length, 0, messages[seq - 1]!)
        }),
      (counts) => expect(counts).toEqual({ windows: [0, 0, 0], alerts: [0, 1, 0] })
    ))

  it.each([-windowMs * 5, 0, windowMs, windowMs * 1_000])("that somebody made up is extra (%i ms away)", (awayMs) =>
    everywhere(
      1,
      (world) => world.alerts.length,
      (world, seq) =>
        world.rewrite("ALERTS", (messages) => {
          const { subject, json } = messages[seq - 1]!
          const { window } = json as { window: { start: string } }
          const name = rfc3339(Date.parse(window.start) + awayMs).replaceAll(/[-:]/g, "")
          messages.splice(seq, 0, { subject, json: { ...(json as object), id: `ip.${name}-10s.0123456789abcdef` } })
        }),
      (counts) => expect(counts).toEqual({ windows: [0, 0, 0], alerts: [0, 1, 0] })
    )
  )

  it("on another subject is different", async () => {
    const world = await decidedWorld(1)
    world.rewrite("ALERTS", (messages) => {
      messages[0] = { ...messages[0]!, subject: "alerts.url.low" }
    })
    expect(countsOf(await world.verify()).alerts).toEqual([0, 0, 1])
  })
})

describe("a record", () => {
  it("that is deleted is a lost window, whichever it is", () =>
    everywhere(
      4,
      (world) => world.records.length,
      (world, seq) => world.delete("WINDOWS", seq),
      (counts) => expect(counts).toEqual({ windows: [1, 0, 0], alerts: [0, 0, 0] })
    ))

  it("that was never written is a lost window, told by its lines, which nobody counted", () =>
    everywhere(
      4,
      (world) => world.records.length - 1,
      (world, seq) => world.rewrite("WINDOWS", (messages) => messages.splice(seq - 1, 1)),
      (counts) => expect(counts).toEqual({ windows: [1, 0, 0], alerts: [0, 0, 0] })
    ))

  it("that is there twice is extra", () =>
    everywhere(
      4,
      (world) => world.records.length,
      (world, seq) =>
        world.rewrite("WINDOWS", (messages) => {
          messages.splice(seq % 2 === 0 ? seq : messages.length, 0, messages[seq - 1]!)
        }),
      (counts) => expect(counts).toEqual({ windows: [0, 1, 0], alerts: [0, 0, 0] })
    ))

  it("of a window without lines is extra", () =>
    everywhere(
      4,
      (world) => world.records.length,
      (world, seq) =>
        world.rewrite("WINDOWS", (messages) => {
          const record = messages[seq - 1]!.json as { start: string; end: string }
          const at = (text: string) => rfc3339(Date.parse(text) + 3_600_000)
          const json = { ...record, start: at(record.start), end: at(record.end), decided_through: at(record.end) }
          messages.splice(seq, 0, { subject: "windows.decided", json })
        }),
      (counts) => expect(counts).toEqual({ windows: [0, 1, 0], alerts: [0, 0, 0] })
    ))

  const alterations: { readonly [what: string]: (record: WindowRecord) => object } = {
    schema: () => ({ schema: "chaussettes.window.v0" }),
    total: ({ total }) => ({ total: total + 1 }),
    errors: ({ errors }) => ({ errors: errors + 1 }),
    "keys.ip": ({ keys }) => ({ keys: { ...keys, ip: keys.ip + 1 } }),
    "keys.url": ({ keys }) => ({ keys: { ...keys, url: keys.url - 1 } }),
    "breaches.ip": ({ breaches }) => ({ breaches: { ...breaches, ip: breaches.ip + 1 } }),
    suppressed: ({ suppressed }) => ({ suppressed: suppressed + 1 }),
    "top.ip": ({ top }) => ({ top: { ...top, ip: [] } }),
    overflow: () => ({
      overflow: { ip: { keys: 1, requests: 1, errors: 1 }, url: { keys: 0, requests: 0, errors: 0 } }
    }),
    "since_last.late": ({ since_last }) => ({ since_last: { ...since_last, late: since_last.late + 1 } }),
    "since_last.gap": ({ since_last }) => ({ since_last: { ...since_last, gap: 1 } }),
    "since_last.rejected": ({ since_last }) => ({ since_last: { ...since_last, rejected: { status: 3 } } }),
    "since_last.late_by_source": ({ since_last }) => ({ since_last: { ...since_last, late_by_source: { web9: 1 } } }),
    since_last: () => ({ since_last: null }),
    "since_last.late_by_source, which is gone": ({ since_last: { late_by_source: _, ...rest } }) => ({
      since_last: rest
    }),
    resume_seq: ({ resume_seq }) => ({ resume_seq: resume_seq - 1 }),
    logs_created: () => ({ logs_created: "2020-01-01T00:00:00Z" }),
    "a field more": () => ({ note: "hello" })
  }

  it.each(Object.keys(alterations))("whose %s is altered is different", (what) =>
    everywhere(
      5,
      (world) => world.records.length,
      (world, seq) => {
        const record = world.records[seq - 1]!
        world.alter("WINDOWS", seq, { ...record, ...alterations[what]!(record) })
      },
      (counts) => {
        expect(counts.windows).toEqual([0, 0, 1])
        expect(counts.alerts).toEqual([0, 0, 0])
      }
    )
  )

  it.each([
    ["start", (record: WindowRecord) => ({ start: shifted(record.start, -windowMs) })],
    ["end", (record: WindowRecord) => ({ end: shifted(record.end, windowMs) })],
    ["decided_through", (record: WindowRecord) => ({ decided_through: shifted(record.end, windowMs * 100) })],
    ["through_seq", (record: WindowRecord) => ({ through_seq: record.through_seq + 1_000 })],
    ["through_seq", (record: WindowRecord) => ({ through_seq: record.resume_seq - 2 })]
  ] as const)("whose %s is altered is found out", (_, alteration) =>
    everywhere(
      5,
      (world) => world.records.length - 1,
      (world, seq) => {
        const record = world.records[seq - 1]!
        world.alter("WINDOWS", seq, { ...record, ...alteration(record) })
      },
      ({ windows }) => expect(windows).not.toEqual([0, 0, 0])
    )
  )

  it("that is no record at all is different, and what stands around it is judged as ever", () =>
    everywhere(
      5,
      (world) => world.records.length,
      (world, seq) => world.alter("WINDOWS", seq, "nothing"),
      (counts) => expect(counts).toEqual({ windows: [0, 0, 1], alerts: [0, 0, 0] })
    ))

  it("that was judged by other seuils than it says makes its alerts different", async () => {
    const world = await decidedWorld(6)
    const seq = world.records.findIndex(({ breaches }) => breaches.global > 0) + 1
    const record = world.records[seq - 1]!
    const seuils = { ...record.seuils, global: { value: 1, revision: 7 } }
    world.alter("WINDOWS", seq, { ...record, seuils })
    expect(countsOf(await world.verify())).toEqual({ windows: [0, 0, 1], alerts: [0, 1, 0] })
  })
})

describe("a message of LOGS", () => {
  it("that is lost is found out, whichever it is", async () => {
    const lines = stepsOf(7).filter(({ kind }) => kind !== "seuil")
    const last = (await decidedWorld(7)).records.at(-1)!.through_seq
    // The first one would look as if it had grown too old.
    for (let seq = 2; seq <= last; seq++) {
      const step = lines[seq - 1]!
      if (step.kind !== "message") continue
      const world = await decidedWorld(7)
      world.delete("LOGS", seq)
      const { windows, logs } = (await world.verify()).findings!
      expect(windows.different + windows.extra, `LOGS ${seq}`).toBeGreaterThan(0)
      expect(logs.missingMessages, `LOGS ${seq}`).toBe(1)
    }
  })
})

describe("the differences", () => {
  it("are named with the window, the sequence, the field and both values", async () => {
    const world = await decidedWorld(5)
    const record = world.records[3]!
    world.alter("WINDOWS", 4, { ...record, total: record.total + 1, errors: 0 })
    world.delete("ALERTS", 1)
    const { differences } = (await world.verify()).findings!
    expect(differences).toContainEqual({
      of: "window",
      kind: "different",
      window: record.start,
      seq: 4,
      field: "total",
      stored: record.total + 1,
      derived: record.total
    })
    expect(differences.filter(({ field }) => field === "errors")).toHaveLength(1)
    expect(differences.some(({ of, kind, id }) => of === "alert" && kind === "lost" && id !== "")).toBe(true)
  })

  it("are all counted, and named for as many windows and alerts as is asked for", async () => {
    const world = await decidedWorld(5)
    for (let seq = 1; seq <= 6; seq++) {
      const record = world.records[seq - 1]!
      world.alter("WINDOWS", seq, { ...record, total: record.total + 1, errors: record.errors + 1 })
    }
    const { findings } = await world.verify({ examples: 2 })
    expect(findings!.windows.different).toBe(6)
    expect(findings!.differences.map(({ seq, field }) => `${seq} ${field}`)).toEqual([
      "1 total",
      "1 errors",
      "2 total",
      "2 errors"
    ])
  })
})
