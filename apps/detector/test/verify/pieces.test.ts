import { batchOf, type LogMessage } from "@chaussettes/domain"
import type { MemoryMessage } from "@chaussettes/jetstream/memory"
import { describe, expect, it } from "vitest"
import { Random } from "../../../../libs/domain/test/support/random.ts"
import { AuditSteps } from "../../src/verify/audit-steps.ts"
import type { AuditAnswer, Findings } from "../../src/verify/findings.ts"
import { decidedWorld, type World } from "./world.ts"

/** Hands everything over in pieces of any size, as the audit asks for it. */
const auditInPieces = (world: World, random: Random): Findings => {
  const stream = (name: "LOGS" | "WINDOWS" | "ALERTS" | "INCIDENTS") => world.server.stream(name).from(1, 1_000_000)
  const logs = world.server.stream("LOGS")
  const steps = new AuditSteps({
    before: undefined,
    firstRecordSeq: 1,
    logs: { created: logs.created, lastSeq: logs.lastSeq },
    models: world.models,
    silences: [],
    examples: 100
  })
  const plain = ({ seq, subject, data }: MemoryMessage): LogMessage => ({
    seq,
    source: subject,
    storedMs: 0,
    bytes: data
  })
  const records = stream("WINDOWS").map(plain)
  const alerts = stream("ALERTS").map(plain)
  const incidents = stream("INCIDENTS").map(plain)
  const messages = stream("LOGS").map(
    ({ seq, subject, storedMs, data, headers }): LogMessage => ({
      seq,
      source: subject.slice("logs.".length),
      storedMs,
      bytes: data,
      ...(headers["Chaussettes-Watermark"] === "end" ? { watermark: "end" } : {})
    })
  )
  let answer: AuditAnswer
  const moreRecords = () => {
    const some = records.splice(0, random.int(1, 3))
    answer = steps.records(some.length === 0 ? undefined : batchOf(some))
  }
  do moreRecords()
  while (answer!.reading === 0 && !answer!.done)
  while (!answer!.done && messages.length > 0) {
    const batch = messages.splice(0, random.int(1, 9))
    while (answer!.coveredSeq < batch.at(-1)!.seq) moreRecords()
    answer = steps.batch({ reading: 1, batch: batchOf(batch) })
    while (answer.alertsShort && alerts.length > 0) {
      answer = steps.alerts(batchOf(alerts.splice(0, random.int(1, 3))))
    }
    while (answer.incidentsShort && incidents.length > 0) {
      answer = steps.incidents(batchOf(incidents.splice(0, random.int(1, 3))))
    }
  }
  while (answer!.coveredSeq < Number.POSITIVE_INFINITY) moreRecords()
  steps.logsEnded(1)
  while (alerts.length > 0) steps.alerts(batchOf(alerts.splice(0, random.int(1, 3))))
  while (incidents.length > 0) steps.incidents(batchOf(incidents.splice(0, random.int(1, 3))))
  const { lastSeq } = world.server.stream("WINDOWS")
  return steps.finish({ windowsLastSeq: lastSeq, hasNewer: false }).findings!
}

const changes: { readonly [what: string]: (world: World, random: Random) => void } = {
  nothing: () => {},
  "an alert deleted": (world, random) => world.delete("ALERTS", random.int(1, world.alerts.length)),
  "an alert doubled": (world, random) =>
    world.rewrite("ALERTS", (messages) => {
      const at = random.int(0, messages.length - 1)
      messages.splice(random.int(at, messages.length), 0, messages[at]!)
    }),
  "a record deleted": (world, random) => world.delete("WINDOWS", random.int(1, world.records.length)),
  "a record left out": (world, random) =>
    world.rewrite("WINDOWS", (messages) => messages.splice(random.int(0, messages.length - 2), 1)),
  "a record altered": (world, random) => {
    const seq = random.int(1, world.records.length)
    const record = world.records[seq - 1]!
    world.alter("WINDOWS", seq, { ...record, total: record.total + 1 })
  },
  "a through_seq altered": (world, random) => {
    const seq = random.int(1, world.records.length - 1)
    const record = world.records[seq - 1]!
    world.alter("WINDOWS", seq, { ...record, through_seq: record.through_seq + 1_000 })
  },
  "a message of LOGS lost": (world, random) => world.delete("LOGS", random.int(2, world.records.at(-1)!.through_seq))
}

/** Windows and alerts are compared as they come, so that their differences mix in another order. */
const sorted = (differences: Findings["differences"]): ReadonlyArray<string> =>
  differences.map((difference) => JSON.stringify(difference)).sort()

describe("an audit in pieces of any size", () => {
  it.each(Object.keys(changes))("comes to what it comes to in one piece: %s", async (what) => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = new Random(seed)
      const world = await decidedWorld(1 + (seed % 9))
      if (world.records.length < 3) continue
      changes[what]!(world, random)
      const { findings } = await world.verify()
      const { windows, alerts, lines, differences } = auditInPieces(world, random)
      const whole = { windows: findings!.windows, alerts: findings!.alerts, lines: findings!.lines }
      expect({ windows, alerts, lines }, `seed ${seed}`).toEqual(whole)
      expect(sorted(differences), `seed ${seed}`).toEqual(sorted(findings!.differences))
      if (what === "nothing") expect(differences).toEqual([])
      else if (what !== "a message of LOGS lost") expect(differences.length).toBeGreaterThan(0)
    }
  })
})
