import {
  decidedWindowOf,
  type IncidentEvent,
  networksOf,
  type PaneLine,
  parseRfc3339,
  type SpanLine,
  SpanReader
} from "@chaussettes/domain"
import { LogsReader } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import { readIncidentEvents, readIncidentRecords } from "./incident.ts"

/** More messages than this are not read for one incident; its first lines say what it is. */
const mostMessages = 300_000
/** Different values that are counted of one kind; what comes later is not told apart. */
const mostValues = 5_000
const mostValueLength = 300
/** Of each kind so many are told. */
const named = 6

interface ValueCount {
  readonly value: string
  readonly errors: number
}

/** How often values occur, up to a limit of different ones. */
class Values {
  readonly #counts = new Map<string, number>()
  isPartial = false

  add(value: string): void {
    const count = this.#counts.get(value)
    if (count === undefined && this.#counts.size >= mostValues) this.isPartial = true
    else this.#counts.set(value, (count ?? 0) + 1)
  }

  get most(): { readonly values: ReadonlyArray<ValueCount>; readonly count: number; readonly isPartial: boolean } {
    const values = Array.from(this.#counts, ([value, errors]) => ({ value, errors }))
      .sort((a, b) => b.errors - a.errors || (a.value < b.value ? -1 : 1))
      .slice(0, named)
    return { values, count: this.#counts.size, isPartial: this.isPartial }
  }
}

const decoder = new TextDecoder()

const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  decoder.decode(bytes.subarray(start, Math.min(end, start + mostValueLength)))

/** Whether a line is of the incident's cause. */
const belongsTo = ({ cause: { dimension, keys } }: IncidentEvent, client: string, url: string): boolean => {
  switch (dimension) {
    case "global":
      return true
    case "ip":
      return keys.includes(client)
    case "url":
      return keys.some((key) => key.slice(0, mostValueLength) === url)
    case "network":
      return networksOf(client).some((network) => keys.includes(network))
  }
}

/** Whether a line is one of the errors that the incident is about; a silence or a flood is about all requests. */
const isMeant = ({ kind }: IncidentEvent, line: SpanLine): boolean =>
  kind === "client-errors"
    ? line.status >= 400 && line.status < 500
    : kind === "server-errors"
      ? line.status >= 500
      : line.isError

/** The lines of an incident's cause while it lasted, as far as LOGS holds them: each handed on, and its errors counted by what they share. */
export const readIncidentLines = Effect.fn("readIncidentLines")(function* (
  id: string,
  onLine: (line: PaneLine) => void
) {
  const { newest } = yield* readIncidentEvents(id)
  const { records, isCut } = yield* readIncidentRecords(newest)
  const openedMs = parseRfc3339(newest.opened_at)!
  const closedMs = newest.closed_at === undefined ? Number.POSITIVE_INFINITY : parseRfc3339(newest.closed_at)!
  const own = records.filter(({ start, end }) => parseRfc3339(end)! > openedMs && parseRfc3339(start)! < closedMs)
  const [first, last] = [own[0], own[own.length - 1]]
  const statuses = new Values()
  const [urls, clients, networks, agents] = [new Values(), new Values(), new Values(), new Values()]
  let [total, errors] = [0, 0]
  const logs = yield* LogsReader
  const { firstSeq, lastSeq } = yield* logs.state
  let isGone = true
  let isPartial = isCut
  if (first !== undefined && last !== undefined) {
    const before = records[records.indexOf(first) - 1]
    const wantedSeq = before?.resume_seq ?? firstSeq
    const fromSeq = Math.max(firstSeq, wantedSeq)
    const wantedThrough = own.reduce((most, { through_seq: seq }) => Math.max(most, seq), 0)
    const throughSeq = Math.min(lastSeq, wantedThrough, fromSeq + mostMessages - 1)
    isGone = throughSeq < fromSeq
    isPartial ||= fromSeq > wantedSeq || throughSeq < wantedThrough
    const windowMs = parseRfc3339(first.end)! - parseRfc3339(first.start)!
    const reader = new SpanReader(own.map(decidedWindowOf), windowMs, first.rules, { agents: true })
    const visit = (line: SpanLine) => {
      const { ip, url } = line.keys
      const client = ip.start < 0 ? "" : textOf(ip.bytes, ip.start, ip.end)
      const path = url.start < 0 ? "" : textOf(url.bytes, url.start, url.end)
      if (!belongsTo(newest, client, path)) return
      total++
      const error = isMeant(newest, line)
      if (error) {
        errors++
        statuses.add(String(line.status))
        if (path !== "") urls.add(path)
        if (client !== "") clients.add(client)
        const network = networksOf(client)[0]
        if (network !== undefined) networks.add(network)
        if (line.agentStart >= 0) agents.add(textOf(line.agentBytes, line.agentStart, line.agentEnd))
      }
      const { seq, line: place, source, timeMs, status } = line
      onLine({ seq, line: place, source, timeMs, status, error, bytes: line.bytes.subarray(line.start, line.end) })
    }
    if (!isGone) {
      yield* logs.read({ fromSeq, throughSeq }).pipe(
        Stream.runForEach(({ batch }) =>
          Effect.andThen(
            Effect.sync(() => reader.read(batch, visit)),
            Effect.yieldNow
          )
        )
      )
    }
  }
  const found: "all" | "part" | "gone" = isGone || total === 0 ? "gone" : isPartial ? "part" : "all"
  return {
    found,
    total,
    errors,
    statuses: statuses.most,
    urls: urls.most,
    clients: clients.most,
    networks: networks.most,
    agents: agents.most
  }
})
