import {
  atTheBeginning,
  batchOf,
  DecidedIncidents,
  Detection,
  type DetectionSettings,
  type Dimension,
  dimensionsIn,
  firstModelInForce,
  firstThresholds,
  type IncidentEvent,
  type LogMessage,
  parseRfc3339,
  parseThreshold,
  readIncidentModel,
  type ThresholdsInForce,
  thresholdsOf,
  type WindowRecord,
  windowStartOf
} from "@chaussettes/domain"
import type { MemoryServerShape, MemoryStreamName } from "@chaussettes/jetstream/memory"
import { type PlannedLine, siteOf } from "./plan.ts"
import type { Outcome } from "./world.ts"

const decoder = new TextDecoder()

const texts = (server: MemoryServerShape, name: MemoryStreamName): ReadonlyArray<string> =>
  server
    .stream(name)
    .from(1, 1_000_000)
    .map((message) => decoder.decode(message.data))

const logMessages = (server: MemoryServerShape): ReadonlyArray<LogMessage> =>
  server
    .stream("LOGS")
    .from(1, 1_000_000)
    .map((message) => ({
      seq: message.seq,
      source: message.subject.slice("logs.".length),
      storedMs: message.storedMs,
      bytes: message.data,
      ...(message.headers["Chaussettes-Watermark"] === "end" ? { watermark: "end" as const } : {})
    }))

/** The seuils as they stood before the detector saw any: what a steady schedule is judged by throughout. */
const firstInForce = (server: MemoryServerShape, settings: DetectionSettings): ThresholdsInForce => {
  const on = dimensionsIn(settings.leastRequests)
  let seuils = thresholdsOf(firstThresholds, 0, on)
  for (const message of server.stream("KV_seuils").from(1, on.length)) {
    const key = message.subject.split(".").at(-1) as Dimension
    const parsed = parseThreshold(decoder.decode(message.data))
    if (parsed.ok) seuils = { ...seuils, [key]: { value: parsed.value, revision: message.seq } }
  }
  return seuils
}

/** Tells the silences of INCIDENTS behind the windows that they name; whether they were any, it decides itself. */
class ToldSilences extends DecidedIncidents {
  readonly #silences: ReadonlyArray<IncidentEvent>

  constructor(silences: ReadonlyArray<IncidentEvent>, ...rest: ConstructorParameters<typeof DecidedIncidents>) {
    super(...rest)
    this.#silences = silences
  }

  override decided(...[window, by]: Parameters<DecidedIncidents["decided"]>): void {
    super.decided(window, by)
    for (const { silent_from, timestamp } of this.#silences)
      if (parseRfc3339(silent_from!) === window.endMs) this.silent(parseRfc3339(timestamp)!)
  }
}

/** The models that were published, and what judges by them. */
const incidentsBy = ({ server, settings: { windowMs } }: Outcome) => {
  const silences = texts(server, "INCIDENTS")
    .map((text): IncidentEvent => JSON.parse(text))
    .filter(({ silent_from }) => silent_from !== undefined)
  const models = server
    .stream("KV_incidents")
    .from(1, 1_000)
    .flatMap(({ data, seq }) => {
      const read = readIncidentModel(decoder.decode(data), seq, windowMs)
      return read.ok ? [read.value] : []
    })
  const all = [firstModelInForce(windowMs), ...models]
  return new ToldSilences(silences, models[0]!, (digest) => all.find((model) => model.digest === digest))
}

/** What a run gives that nothing disturbs: the detection itself over LOGS. */
const undisturbed = (outcome: Outcome) => {
  const { server, settings } = outcome
  const incidents = incidentsBy(outcome)
  const detection = new Detection(settings, firstInForce(server, settings), {
    origin: "logs",
    hashSeed: 7,
    watcher: incidents,
    logsCreated: server.stream("LOGS").created
  })
  detection.ingest(batchOf(logMessages(server)))
  const { decisions } = detection.take()
  return {
    windows: decisions.map(({ record }) => JSON.stringify(record)),
    incidents: incidents.take().map((event) => JSON.stringify(event)),
    alerts: decisions.flatMap(({ alerts }) => alerts.map((alert) => JSON.stringify(alert)))
  }
}

/** The first difference of two lists, as a sentence; undefined where there is none. */
const difference = (what: string, got: ReadonlyArray<string>, wanted: ReadonlyArray<string>): string | undefined => {
  const n = Math.max(got.length, wanted.length)
  for (let i = 0; i < n; i++) {
    if (got[i] !== wanted[i])
      return `${what} ${i + 1} of ${wanted.length} differs:\n  got    ${got[i]}\n  wanted ${wanted[i]}`
  }
  return undefined
}

/** Nothing lost and nothing twice, whatever happened: everything in the end as in an undisturbed run. */
export const checkSteady = (outcome: Outcome): ReadonlyArray<string> => {
  const wanted = undisturbed(outcome)
  return [
    difference("record", texts(outcome.server, "WINDOWS"), wanted.windows),
    difference("alert", texts(outcome.server, "ALERTS"), wanted.alerts),
    difference("incident event", texts(outcome.server, "INCIDENTS"), wanted.incidents)
  ].filter((x) => x !== undefined)
}

interface Seen extends PlannedLine {
  readonly seq: number
}

/**
 * Where silence and changing seuils decide, the records say what was decided and by what; all else must follow from them: by plain
 * counting over the planned lines, with no code of the detection.
 */
export const checkFree = (outcome: Outcome): ReadonlyArray<string> => {
  const { server, settings } = outcome
  const faults: Array<string> = []
  const records = texts(server, "WINDOWS").map((text) => JSON.parse(text) as WindowRecord)
  const lines = plannedLines(outcome)
  let before: WindowRecord | undefined
  const alerts: Array<string> = []
  const raised = new Set<string>()
  const revisions = new Map<string, number>()
  for (const record of records) {
    const startMs = parseRfc3339(record.start)!
    const isDecided = before !== undefined && startMs < parseRfc3339(before.decided_through)!
    if (record.revision === undefined) {
      if (isDecided) faults.push(`${record.start} was decided twice`)
    } else {
      if (!isDecided) faults.push(`${record.start} was revised before it was decided`)
      const number = (revisions.get(record.start) ?? 0) + 1
      revisions.set(record.start, number)
      if (record.revision.number !== number) faults.push(`${record.start} lacks its revision ${number}`)
    }
    if (before !== undefined && record.through_seq < before.through_seq)
      faults.push(`${record.start} was decided out of order`)
    const held = lines.filter(
      (line) => windowStartOf(line.timeMs, settings.windowMs) === startMs && line.seq <= record.through_seq
    )
    const errors = held.filter(({ status }) => status >= 400).length
    if (held.length !== record.total || errors !== record.errors) {
      faults.push(`${record.start} says ${record.errors}/${record.total}, its lines are ${errors}/${held.length}`)
    }
    for (const { what, counts } of alertIds(record, held)) {
      // What was raised stays raised, by the counts of then.
      if (raised.has(what)) continue
      raised.add(what)
      alerts.push(`${what} ${counts}`)
    }
    before = record
  }
  const got = texts(server, "ALERTS").map((text) => {
    const alert = JSON.parse(text)
    return `${alert.type} ${alert.window.start} ${alert.ip ?? alert.url ?? alert.site ?? ""} ${alert.errors}/${alert.total_requests}`
  })
  const [sortedGot, sortedWanted] = [[...got].sort(), [...alerts].sort()]
  const difference1 = difference("alert", sortedGot, sortedWanted)
  if (difference1 !== undefined) faults.push(difference1)
  faults.push(...unaccounted(lines, records, settings))
  const otherIncidents = difference("incident event", texts(server, "INCIDENTS"), derivedIncidents(outcome, records))
  if (otherIncidents !== undefined) faults.push(otherIncidents)
  return faults
}

/** What became of incidents, where the records say what was decided and by what. */
const derivedIncidents = (outcome: Outcome, records: ReadonlyArray<WindowRecord>): ReadonlyArray<string> => {
  const incidents = incidentsBy(outcome)
  const { server, settings } = outcome
  const detection = new Detection(settings, firstInForce(server, settings), {
    origin: "logs",
    hashSeed: 11,
    watcher: incidents,
    start: { ...atTheBeginning, known: records.map((record, i) => ({ seq: i + 1, record })) },
    logsCreated: server.stream("LOGS").created
  })
  detection.ingest(batchOf(logMessages(server)))
  return incidents.take().map((event) => JSON.stringify(event))
}

/** Each line that was read when the last record was written is in its window, or its window is still open. Plans are shorter than the horizon. */
const unaccounted = (
  lines: ReadonlyArray<Seen>,
  records: ReadonlyArray<WindowRecord>,
  { windowMs }: DetectionSettings
): ReadonlyArray<string> => {
  const last = records.at(-1)
  if (last === undefined) return []
  const throughSeq = new Map(records.map((record) => [parseRfc3339(record.start)!, record.through_seq]))
  return lines.flatMap((line) => {
    const startMs = windowStartOf(line.timeMs, windowMs)
    if (line.seq > last.through_seq || startMs >= parseRfc3339(last.decided_through)!) return []
    const isIn = line.seq <= (throughSeq.get(startMs) ?? 0)
    return isIn ? [] : [`a line of ${startMs} at ${line.seq} is in no window`]
  })
}

const plannedLines = ({ plan }: Outcome): ReadonlyArray<Seen> => {
  let seq = 0
  const lines: Array<Seen> = []
  for (const step of plan.steps) {
    if (step.kind === "seuil") continue
    seq++
    if (step.kind === "message") for (const line of step.lines) lines.push({ ...line, seq })
  }
  return lines
}

const alertIds = (
  record: WindowRecord,
  held: ReadonlyArray<Seen>
): ReadonlyArray<{ readonly what: string; readonly counts: string }> => {
  const found: Array<{ readonly what: string; readonly counts: string }> = []
  const least = record.rules.least_requests
  const say = (type: string, key: string, of: ReadonlyArray<Seen>, dimension: Dimension) => {
    const errors = of.filter(({ status }) => status >= 400).length
    const seuil = record.seuils[dimension]!.value
    const table = typeof seuil !== "number" && seuil.hours !== undefined ? firstHourErrors : tableErrors
    const breach = typeof seuil === "number" ? errors / of.length > seuil : errors >= table(of.length)
    if (of.length >= least[dimension]! && breach) {
      found.push({ what: `${type} ${record.start} ${key}`, counts: `${errors}/${of.length}` })
    }
  }
  say("GLOBAL_ERROR_RATE", "", held, "global")
  for (const [ip, some] of groups(held, ({ ip }) => ip)) say("IP_ERROR_RATE", ip, some, "ip")
  for (const [url, some] of groups(held, ({ url }) => url.split("?")[0]!)) say("URL_ERROR_RATE", url, some, "url")
  if (least.site !== undefined) {
    for (const [site, some] of groups(held, siteOf)) say("SITE_ERROR_RATE", site, some, "site")
  }
  return found
}

/** The one table that a plan puts: from 2 errors at 3 requests in a straight line to 9 at 20, then more than 40 %. */
const tableErrors = (requests: number): number =>
  requests < 3
    ? Number.POSITIVE_INFINITY
    : requests <= 20
      ? 2 + Math.ceil((7 * (requests - 3)) / 17)
      : Math.max(9, Math.floor(0.4 * requests) + 1)

/** The same at the 150 % of the hour in which all plans lie: from 2 errors at 2 requests to 9 at 13, then more than 60 %. */
const firstHourErrors = (requests: number): number =>
  requests < 2
    ? Number.POSITIVE_INFINITY
    : requests <= 13
      ? 2 + Math.ceil((7 * (requests - 2)) / 11)
      : Math.max(9, Math.floor((3 * requests) / 5) + 1)

const groups = <A>(items: ReadonlyArray<A>, keyOf: (item: A) => string): ReadonlyMap<string, ReadonlyArray<A>> => {
  const found = new Map<string, Array<A>>()
  for (const item of items) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item])
  return found
}
