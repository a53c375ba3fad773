import type { Incident, Label } from "./incident.ts"
import { bytesOf, copyShort, TimeWriter, timeBytes, writeNumber } from "./line-bytes.ts"
import { damage } from "./malformed.ts"
import { type Mixture, mixtureOf } from "./mixture.ts"
import { PlantedIncidents } from "./planted.ts"
import * as population from "./population.ts"
import { type Random, seededRandom } from "./random.ts"
import type { Schedule } from "./schedule.ts"

/** What traffic is made of. The same values give the same bytes. Shares are from 0 to 1, times in ms since the epoch. */
export interface TrafficSettings {
  readonly seed: number
  /** The share of problem clients, of problem URLs, and of lines that are errors. */
  readonly errorUsers: number
  readonly errorUrls: number
  readonly errorRate: number
  /** Event time of the first line. */
  readonly startMs: number
  /** When each line is; none: all are at the time up to which they are asked for. */
  readonly schedule: Schedule | undefined
  /** Minutes east of Greenwich that the lines' times are written in. */
  readonly zoneMinutes: number
  readonly incidents: ReadonlyArray<Incident>
  /** The share of lines that carry a time `lateByMs` before their place. */
  readonly late: number
  readonly lateByMs: number
  readonly malformed: number
  /** What stands in the lines for a client. */
  readonly nameClient?: (client: string) => string
}

/** What was written. */
export interface TrafficTotals {
  lines: number
  /** Lines with a status of 400 or more. */
  errors: number
  /** Well-formed lines by the first digit of their status. */
  readonly byClass: Record<"2xx" | "3xx" | "4xx" | "5xx", number>
  late: number
  malformed: number
}

/** A place for lines, LF between them. */
export interface LineBuffer {
  readonly bytes: Uint8Array
  length: number
}

const LF = 10

/** A line is never longer than this and its key. */
const mostBytesWithoutKey = 512

const text = {
  beforeTime: bytesOf(" - - ["),
  afterTime: bytesOf('] "'),
  afterUrl: bytesOf(' HTTP/1.1" ')
}

interface Status {
  readonly bytes: Uint8Array
  readonly isError: boolean
  readonly name: keyof TrafficTotals["byClass"]
}

const statusOf = (status: number): Status => ({
  bytes: bytesOf(`${status} `),
  isError: status >= 400,
  name: `${Math.floor(status / 100)}xx` as Status["name"]
})
const successes = population.successStatuses.map(statusOf)
const errors = population.errorStatuses.map(statusOf)
const outages = population.outageStatuses.map(statusOf)
const methods = population.methods.map((method) => bytesOf(`${method} `))
const tails = population.userAgents.map((agent) => bytesOf(` "-" "${agent}"`))

/** Lines of the Combined form without end: the background, and what is planted in it, in the order of their times. */
export class Traffic {
  readonly totals: TrafficTotals = {
    lines: 0,
    errors: 0,
    byClass: { "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0 },
    late: 0,
    malformed: 0
  }
  readonly problems: population.Problems
  /** The same as flags by place: a line asks both. */
  readonly #problemClients = new Uint8Array(population.clients.length)
  readonly #problemUrls = new Uint8Array(population.urls.length)
  readonly #settings: TrafficSettings
  readonly #random: Random
  readonly #mixture: Mixture
  readonly #incidents: PlantedIncidents
  readonly #time: TimeWriter
  readonly #clients: ReadonlyArray<Uint8Array>
  readonly #clientNames: ReadonlyArray<string>
  readonly #urls: ReadonlyArray<Uint8Array>
  readonly #keys: ReadonlyMap<string, Uint8Array>
  readonly #mostBytes: number
  #background = 0
  /** When the last line was. */
  #lastMs = 0

  constructor(settings: TrafficSettings) {
    this.#settings = settings
    const name = settings.nameClient ?? ((client: string) => client)
    const incidents = settings.incidents.map((one) => (one.kind === "ip" ? { ...one, key: name(one.key) } : one))
    this.#random = seededRandom(settings.seed)
    this.problems = population.drawProblems(this.#random, settings.errorUsers, settings.errorUrls)
    for (const client of this.problems.clients) this.#problemClients[client] = 1
    for (const url of this.problems.urls) this.#problemUrls[url] = 1
    this.#mixture = mixtureOf(settings.errorRate, this.problems.share)
    this.#incidents = new PlantedIncidents(incidents, settings.startMs)
    this.#time = new TimeWriter(settings.zoneMinutes)
    this.#clientNames = population.clients.map(name)
    this.#clients = this.#clientNames.map(bytesOf)
    this.#urls = population.urls.map(bytesOf)
    this.#keys = new Map(incidents.map((one) => [one.key, bytesOf(one.key)]))
    this.#mostBytes = Math.max(0, ...[...this.#keys.values()].map((key) => key.length)) + mostBytesWithoutKey
  }

  /** When the next line is, in ms from the start; where there is no schedule, now. */
  get nextMs(): number {
    return Math.min(this.#nextBackgroundMs(0), this.#incidents.nextOwnMs)
  }

  /**
   * Writes the lines up to `untilMs` (from the start) that still fit, `maxLines` at most. Answers how many.
   */
  fill(buffer: LineBuffer, untilMs: number, maxLines: number): number {
    const lastStart = buffer.bytes.length - this.#mostBytes
    let lines = 0
    while (lines < maxLines && buffer.length <= lastStart) {
      const atMs = this.#nextBackgroundMs(untilMs)
      if (this.#incidents.nextMs <= Math.min(atMs, untilMs)) {
        lines += this.#happen(buffer)
        continue
      }
      if (atMs > untilMs) break
      this.#background++
      this.#backgroundLine(buffer, atMs)
      lines++
    }
    this.totals.lines += lines
    return lines
  }

  /** Labels of incidents that are over, since the last call. */
  takeLabels(): ReadonlyArray<Label> {
    return this.#incidents.takeLabels()
  }

  /** No line comes behind the last one: incidents under way end there. */
  finish(): void {
    this.#incidents.finish(this.#lastMs + 1)
  }

  #nextBackgroundMs(nowMs: number): number {
    return this.#settings.schedule?.atMs(this.#background) ?? nowMs
  }

  /** An incident begins, ends or has a line of its own. */
  #happen(buffer: LineBuffer): number {
    const nowMs = this.#incidents.nextMs
    this.#incidents.advance(nowMs)
    const incident = this.#incidents.takeOwn(nowMs)
    if (incident === undefined) return 0
    const client = incident.kind === "ip" ? -1 : this.#random.below(this.#clients.length)
    const url = incident.kind === "url" ? -1 : this.#random.below(this.#urls.length)
    this.#line(buffer, nowMs, client, url, incident.key, false)
    return 1
  }

  #backgroundLine(buffer: LineBuffer, atMs: number): void {
    const { late } = this.#settings
    const client = this.#random.below(this.#clients.length)
    const url = this.#random.below(this.#urls.length)
    this.#line(buffer, atMs, client, url, "", late > 0 && this.#random.chance(late))
  }

  /** @param client place in the population, or -1 for `key`; the same for `url` */
  #line(buffer: LineBuffer, atMs: number, client: number, url: number, key: string, late: boolean): void {
    this.#lastMs = atMs
    const { bytes } = buffer
    const random = this.#random
    const settings = this.#settings
    const isMalformed = settings.malformed > 0 && random.chance(settings.malformed)
    // A late line would stand outside of its incident's span: it takes no part.
    const status =
      this.#incidents.active.length > 0 && !late
        ? this.#statusWithIncidents(client, url, key, isMalformed)
        : this.#status(this.#errorRateOf(client, url), errors)
    const start = buffer.length === 0 ? 0 : buffer.length + 1
    if (start > 0) bytes[buffer.length] = LF
    let at = copyShort(bytes, start, client < 0 ? this.#keys.get(key)! : this.#clients[client]!)
    at = copyShort(bytes, at, text.beforeTime)
    const time = at
    this.#time.write(bytes, at, settings.startMs + atMs - (late ? settings.lateByMs : 0))
    at = copyShort(bytes, at + timeBytes, text.afterTime)
    const request = at - 1
    at = copyShort(bytes, at, methods[random.below(methods.length)]!)
    at = copyShort(bytes, at, url < 0 ? this.#keys.get(key)! : this.#urls[url]!)
    at = copyShort(bytes, at, text.afterUrl)
    const statusAt = at
    at = copyShort(bytes, at, status.bytes)
    const size = at
    at = writeNumber(bytes, at, population.leastBytes + random.below(population.mostBytes - population.leastBytes + 1))
    const tail = tails[random.below(tails.length)]!
    bytes.set(tail, at)
    at += tail.length
    if (late) this.totals.late++
    if (isMalformed) {
      this.totals.malformed++
      at = damage(random, bytes, { start, time, request, status: statusAt, size, end: at })
    } else {
      if (status.isError) this.totals.errors++
      this.totals.byClass[status.name]++
    }
    buffer.length = at
  }

  #errorRateOf(client: number, url: number): number {
    const isProblem = this.#problemClients[client] === 1 || this.#problemUrls[url] === 1
    return isProblem ? this.#mixture.problem : this.#mixture.other
  }

  #status(errorRate: number, errorStatuses: ReadonlyArray<Status>): Status {
    const from = this.#random.chance(errorRate) ? errorStatuses : successes
    return from[this.#random.below(from.length)]!
  }

  /** The worst of the incidents that the line belongs to decides; all of them count it. */
  #statusWithIncidents(client: number, url: number, key: string, isMalformed: boolean): Status {
    const clientName = client < 0 ? key : this.#clientNames[client]!
    const urlName = url < 0 ? key : population.urls[url]!
    const hit = this.#incidents.active.filter(
      ({ incident: { kind, key } }) => kind === "outage" || key === (kind === "ip" ? clientName : urlName)
    )
    let rate = hit.length === 0 ? this.#errorRateOf(client, url) : 0
    let statuses = errors
    for (const { incident } of hit) {
      rate = Math.max(rate, incident.rate)
      if (incident.kind === "outage") statuses = outages
    }
    const status = this.#status(rate, statuses)
    if (isMalformed) return status
    for (const planted of hit) {
      planted.requests++
      if (status.isError) planted.errors++
    }
    return status
  }
}
