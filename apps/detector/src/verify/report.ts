import { actsStream, alertsStream, incidentsStream, logsStream, windowsStream } from "@chaussettes/jetstream/topology"
import type { ActsFound } from "./acts.ts"
import { areClean, type Counts, type Difference } from "./differences.ts"
import type { Verification } from "./verify-logs.ts"

const verificationSchema = "chaussettes.verification.v1"

/** What `verify --json` prints. */
export const jsonOf = ({ plan, findings }: Verification, acts: ActsFound | undefined, seconds: number) => ({
  schema: verificationSchema,
  ok: findings === undefined || areClean(findings),
  windows: findings?.windows ?? none,
  alerts: findings?.alerts ?? none,
  incidents: findings?.incidents ?? none,
  lines: findings?.lines ?? 0,
  ...(findings?.span === undefined ? {} : { span: findings.span }),
  ...(findings === undefined
    ? {}
    : {
        logs: {
          from_seq: findings.logs.fromSeq,
          through_seq: findings.logs.throughSeq,
          missing_messages: findings.logs.missingMessages
        }
      }),
  rules_changed: findings?.restarts ?? 0,
  unverifiable: { records: plan.unverifiable, incident_events: findings?.unverifiableIncidents ?? 0 },
  undecided: undecidedOf({ plan, findings }),
  ...(acts === undefined
    ? {}
    : {
        acts: {
          readable: acts.readable,
          unreadable: acts.unreadable,
          incidents: acts.incidents,
          unknown_incidents: acts.unknownIncidents.length
        }
      }),
  differences: findings?.differences ?? [],
  seconds
})

const none: Counts = { same: 0, lost: 0, extra: 0, different: 0 }

/** What LOGS holds behind the last record that was judged. */
const undecidedOf = ({ plan, findings }: Verification) => ({
  messages: Math.max(0, plan.logs.lastSeq - (findings?.logs.throughSeq ?? plan.logs.firstSeq - 1)),
  windows: findings?.undecided.windows ?? 0,
  lines: findings?.undecided.lines ?? 0
})

const number = (n: number): string => n.toLocaleString("en")
const plural = (n: number, one: string, many = `${one}s`): string => `${number(n)} ${n === 1 ? one : many}`

const row = (name: string, { same, lost, extra, different }: Counts): string =>
  `${name.padEnd(10)}${[same, lost, extra, different].map((n) => number(n).padStart(11)).join("")}\n`

/** The result as people read it. */
export const textOf = (verification: Verification, acts: ActsFound | undefined, seconds: number): string =>
  findingsText(verification, seconds) + (acts === undefined ? "" : actsText(acts))

/** What people said decides nothing, so nothing of it is a difference; where nobody said anything, nothing is told. */
const actsText = ({ readable, unreadable, unknownIncidents }: ActsFound): string => {
  if (readable + unreadable === 0) return ""
  const named = unknownIncidents.slice(0, 3).join(", ")
  const unknown =
    unknownIncidents.length === 0
      ? ""
      : `; ${plural(unknownIncidents.length, "incident")} that they name ${unknownIncidents.length === 1 ? "is" : "are"} not in ${incidentsStream}: ${named}${unknownIncidents.length > 3 ? ", …" : ""}`
  const not = unreadable === 0 ? "" : `, ${number(unreadable)} unreadable`
  return `${actsStream}: ${plural(readable, "act")}${not}${unknown}.\n`
}

const findingsText = (verification: Verification, seconds: number): string => {
  const { plan, findings } = verification
  if (findings === undefined) {
    return plan.unverifiable === 0
      ? `${windowsStream} holds no record of this span: nothing to verify.\n`
      : `None of ${plural(plan.unverifiable, "record")} can be verified: ${logsStream} no longer holds the lines.\n`
  }
  const { windows, alerts, incidents, span, logs, lines } = findings
  const undecided = undecidedOf(verification)
  const rate = seconds > 0 ? ` (${number(Math.round(lines / seconds))} lines/s)` : ""
  return [
    `              ${["same", "lost", "extra", "different"].map((name) => name.padStart(name === "same" ? 7 : 11)).join("")}\n`,
    row("windows", windows),
    row("alerts", alerts),
    row("incidents", incidents),
    ...findings.differences.map((difference) => `${lineOf(difference)}\n`),
    more(findings.differences, windows, alerts, incidents),
    span === undefined ? "" : `${plural(lines, "line")} from ${span.from} to ${span.to}, `,
    `${logsStream} ${logs.fromSeq} to ${logs.throughSeq}, in ${seconds.toFixed(1)} s${rate}\n`,
    logs.missingMessages > 0
      ? `${logsStream} lacks ${plural(logs.missingMessages, "message")} that it held when the windows were decided: what they counted cannot be derived.\n`
      : "",
    plan.unverifiable > 0
      ? `${plural(plan.unverifiable, "earlier record")} can no longer be verified: ${logsStream} does not hold all their lines.\n`
      : "",
    findings.unverifiableIncidents > 0
      ? `${plural(findings.unverifiableIncidents, "event")} of ${incidentsStream} cannot be verified: what was known of incidents before is not.\n`
      : "",
    undecided.messages > 0 || undecided.windows > 0
      ? `Not decided yet: ${plural(undecided.windows, "open window")} with ${plural(undecided.lines, "line")}, and ${plural(undecided.messages, "message")} after the last record.\n`
      : ""
  ].join("")
}

const more = (named: ReadonlyArray<Difference>, ...counts: ReadonlyArray<Counts>): string => {
  const things = new Set(named.map(({ of, kind, window, seq, id }) => `${of} ${kind} ${window} ${seq} ${id}`)).size
  const all = counts.reduce((sum, { lost, extra, different }) => sum + lost + extra + different, 0)
  return all > things ? `… and ${number(all - things)} more (--examples shows more)\n` : ""
}

const shown = (value: unknown): string => {
  const text = typeof value === "string" ? value : JSON.stringify(value)
  return text.length <= 160 ? text : `${text.slice(0, 160)}…`
}

const lineOf = ({ of, kind, window, seq, id, field, stored, derived, why }: Difference): string => {
  const stream = { window: windowsStream, alert: alertsStream, incident: incidentsStream }[of]
  const where = [
    `${kind} ${of}`,
    ...(id === undefined || id === "" ? (window === undefined ? [] : [window]) : [id]),
    ...(seq === undefined ? [] : [`(${stream} ${seq})`])
  ].join(" ")
  if (field !== undefined) return `${where}: ${field} is ${shown(stored)}, derived ${shown(derived)}`
  return why === undefined ? where : `${where}: ${why}`
}

/** The difference as one sentence, for the end of a failed run. */
export const failureOf = ({ windows, alerts, incidents }: NonNullable<Verification["findings"]>): string => {
  const parts = (of: string, counts: Counts) =>
    (["lost", "extra", "different"] as const)
      .filter((kind) => counts[kind] > 0)
      .map((kind) => `${plural(counts[kind], of)} ${kind}`)
  return `${windowsStream}, ${alertsStream} and ${incidentsStream} differ from what ${logsStream} gives: ${[...parts("window", windows), ...parts("alert", alerts), ...parts("incident event", incidents)].join(", ")}. See docs/verify.md for what each can mean.`
}
