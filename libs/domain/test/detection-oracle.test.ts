import { describe, expect, it } from "vitest"
import {
  type Alert,
  type Decision,
  rfc3339,
  type Threshold,
  type ThresholdsInForce,
  thresholdsOf
} from "../src/index.ts"
import { type OracleDecision, SlowDetection } from "./oracle/detect.ts"
import { alertsOf, worst } from "./oracle/judge.ts"
import { Life } from "./support/life.ts"
import { textOf } from "./support/lines.ts"
import { Random } from "./support/random.ts"
import { randomWorld, type World, type WorldOptions, worldSettings } from "./support/world.ts"

const seed = Number(process.env.ORACLE_SEED ?? 1)
const worlds = Number(process.env.ORACLE_WORLDS ?? 400)

/** Thresholds that many panes meet exactly, and tables. */
const randomThresholds = (random: Random): ThresholdsInForce => {
  const day = () => Array.from({ length: 24 }, () => random.pick([25, 50, 90, 100, 130, 200, 400]))
  const one = (): Threshold =>
    random.chance(0.7)
      ? random.pick([0, 0.1, 0.2, 0.25, 0.3, 1 / 3, 0.5, 0.6, 2 / 3, 0.75, 1])
      : {
          rate: random.pick([0, 0.2, 0.5]),
          least_errors: random.pick(tables),
          ...(random.chance(0.5) ? { hours: { weekday: day(), weekend: day() } } : {})
        }
  return thresholdsOf({ global: one(), ip: one(), url: one() }, 3)
}

const tables: ReadonlyArray<ReadonlyArray<readonly [number, number]>> = [
  [[1, 1]],
  [
    [2, 1],
    [5, 2],
    [9, 3]
  ],
  [
    [1, 1],
    [2, 2],
    [30, 4]
  ]
]

const asOracle = (alert: Alert) => ({
  id: alert.id,
  type: alert.type,
  severity: alert.severity,
  value: alert.value,
  threshold: alert.threshold,
  total_requests: alert.total_requests,
  errors: alert.errors,
  client_errors: alert.client_errors,
  server_errors: alert.server_errors,
  lines: alert.lines,
  key: alert.ip ?? alert.url
})

const compare = (
  world: World,
  decision: Decision,
  oracle: OracleDecision,
  raisedOf: Map<string, ReadonlySet<string>>,
  what: string
) => {
  const { record } = decision
  const { window } = oracle
  const values = { global: world.seuils.global.value, ip: world.seuils.ip.value, url: world.seuils.url.value }
  const standing = alertsOf(window, values, world.settings)
  const ids = (of: typeof window) => alertsOf(of, values, world.settings).map(({ id }) => id)
  const raised = raisedOf.get(record.start) ?? new Set<string>()
  const alerts = standing.filter(({ id }) => !raised.has(id))
  raisedOf.set(record.start, new Set([...raised, ...ids(window)]))
  const of = (dimension: string) => standing.filter((a) => a.id.startsWith(dimension)).length
  const top = (keys: typeof window.ips) =>
    worst(keys)
      .filter(([, count]) => count.errors > 0)
      .slice(0, 10)
      .map(([key, { total, errors, client, server }]) => ({
        key,
        total,
        errors,
        ...(client === 0 ? {} : { client_errors: client }),
        ...(server === 0 ? {} : { server_errors: server })
      }))
  const { rejected, ...since } = record.since_last
  expect(
    { ...record, since_last: { ...since, rejected: Object.values(rejected).reduce((a, b) => a + b, 0) } },
    what
  ).toEqual({
    schema: oracle.isRevision ? "chaussettes.revision.v1" : "chaussettes.window.v1",
    start: rfc3339(window.startMs),
    end: rfc3339(window.endMs),
    through_seq: oracle.throughSeq,
    ...(record.open_seq === undefined ? {} : { open_seq: record.open_seq }),
    resume_seq: record.resume_seq, // the recovery's: see detection-recovery.test.ts
    decided_through: rfc3339(oracle.decidedThroughMs),
    late_before: rfc3339(oracle.lateBeforeMs),
    closed_by: oracle.closedBy,
    ...(oracle.isRevision ? { revision: { ...record.revision, ...revisionOf(oracle, alerts.length) } } : {}),
    total: window.total,
    errors: window.errors,
    client_errors: window.client,
    server_errors: window.server,
    statuses: [...window.statuses].sort(([a], [b]) => a - b).flat(),
    keys: { ip: window.ips.size, url: window.urls.size },
    seuils: world.seuils,
    rules: record.rules,
    breaches: { global: of("global"), ip: of("ip"), url: of("url") },
    suppressed: 0,
    since_last: {
      late: Object.values(oracle.late).reduce((a, b) => a + b, 0),
      late_by_source: oracle.late,
      rejected: oracle.rejected,
      gap: oracle.gap
    },
    top: { ip: top(window.ips), url: top(window.urls) },
    ...(window.sizes.length === 0
      ? {}
      : { measures: { bytes: { count: window.sizes.length, sum: window.sizes.reduce((a, b) => a + b, 0) } } })
  })
  expect(decision.alerts.map(asOracle), what).toEqual(alerts)
}

const revisionOf = ({ window, before, revisions }: OracleDecision, raised: number) => ({
  number: revisions,
  added: {
    total: window.total - (before?.total ?? 0),
    errors: window.errors - (before?.errors ?? 0),
    first_seq: expect.any(Number),
    last_seq: window.lastSeq
  },
  raised
})

/** Lives the world in both ways and compares every record and every alert. Answers how many alerts there were, and how many revisions. */
const agree = (world: World, random: Random, what: string): readonly [alerts: number, revisions: number] => {
  const messages = world.steps.flatMap((s) => (s.kind === "message" ? [s.message] : []))
  const slow = new SlowDetection(world.settings, messages[0]!.seq)
  for (const step of world.steps) slow.step(step)
  const life = new Life(world, world.seuils, { ...startBefore(messages[0]!.seq) })
  life.steps(world.steps, random)
  expect(life.decisions.length, what).toBe(slow.decisions.length)
  const raisedOf = new Map<string, ReadonlySet<string>>()
  for (const [i, decision] of life.decisions.entries())
    compare(world, decision, slow.decisions[i]!, raisedOf, `${what}, record ${i}`)
  return [
    life.decisions.reduce((n, d) => n + d.alerts.length, 0),
    life.decisions.filter((d) => d.record.revision !== undefined && d.alerts.length > 0).length
  ]
}

const startBefore = (seq: number) => ({
  decidedThroughMs: Number.NEGATIVE_INFINITY,
  clockMs: Number.NEGATIVE_INFINITY,
  countedThroughSeq: 0,
  readThroughSeq: seq - 1,
  known: []
})

const options: WorldOptions = { messages: 60, silences: true, promises: true, holes: true, changes: false }

describe(`the detection against a slow one (seed ${seed})`, { timeout: 120_000 }, () => {
  it("agrees on every record and alert of random logs, whatever the sources do", () => {
    let [alerts, raisedLate] = [0, 0]
    for (let n = 0; n < worlds; n++) {
      const random = new Random(seed * 1_000_003 + n)
      const world = { ...randomWorld(random, options), seuils: randomThresholds(random) }
      const [raised, late] = agree(world, random, `world ${n}`)
      alerts += raised
      raisedLate += late
    }
    expect(alerts).toBeGreaterThan(worlds)
    expect(raisedLate).toBeGreaterThan(worlds / 2)
  })

  it("agrees for other windows, latenesses, URL keys and errors", () => {
    const rules = [">=400", "4xx", "5xx", "200+404"]
    for (let n = 0; n < worlds / 2; n++) {
      const random = new Random(seed * 1_000_003 + 500_000 + n)
      const settings = {
        ...worldSettings,
        windowMs: random.pick([1_000, 7_000, 60_000, 3_600_000]),
        allowedLatenessMs: random.pick([0, 1_500, 5_000, 120_000]),
        idleMs: random.pick([1_000, 30_000, 600_000]),
        maxBehindMs: random.pick([1_000, 60_000, 86_400_000]),
        horizonMs: random.pick([0, 20_000, 600_000, 86_400_000]),
        urlKey: random.pick(["path", "target"] as const),
        errors: { global: random.pick(rules), ip: random.pick(rules), url: random.pick(rules) }
      }
      const world = { ...randomWorld(random, options), settings, seuils: randomThresholds(random) }
      agree(world, random, `world ${n}`)
    }
  })

  it("counts what comes within the lateness as if it had come in order, in whatever messages it stands", () => {
    for (let n = 0; n < worlds / 4; n++) {
      const random = new Random(seed * 1_000_003 + 700_000 + n)
      const calm = randomWorld(random, { ...options, calm: true, promises: false, silences: false, holes: false })
      const records = (world: World) => {
        const life = new Life(world, world.seuils)
        life.steps(world.steps, random)
        return life.decisions.map(({ record, alerts }) => ({
          start: record.start,
          total: record.total,
          top: record.top,
          alerts: alerts.map((a) => ({ ...a, lines: undefined }))
        }))
      }
      const inOrder = calm.steps.map((step) => {
        if (step.kind !== "message") return step
        const lines = textOf(step.message.bytes).split("\n")
        return {
          ...step,
          message: { ...step.message, bytes: Buffer.from(random.shuffled(lines).join("\n"), "latin1") }
        }
      })
      expect(records({ ...calm, steps: inOrder }), `world ${n}`).toEqual(records(calm))
    }
  })
})
