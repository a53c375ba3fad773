import { MeasureCounts, mostMeasured } from "../detection/measures.ts"
import { DASH, HASH_SIGN, QUESTION } from "../line/bytes.ts"
import { Client } from "../line/client.ts"
import { ASIDE, type LineScanner, reasonOf, type ScanCode } from "../line/line.ts"
import type { DetectionSettings } from "../settings.ts"
import { CLIENT_ERROR, defaultErrors, fatesOf, globalError, SERVER_ERROR, StatusCounts, urlMark } from "../statuses.ts"
import { type Agent, agentOf } from "../traffic/agents.ts"
import { IGNORED } from "../traffic/traffic.ts"
import { Templates } from "../url/templates.ts"
import { keyText } from "../wire/alert.ts"
import type { RejectReason } from "../wire/reject.ts"
import type { ListedAgent, Listing, ReportContents } from "./contents.ts"
import {
  BYTES,
  CLIENT_ERRORS,
  CountedKeys,
  DURATION_US,
  DURATIONS,
  hashOf,
  NOT_FOUND,
  NOTE,
  REQUESTS,
  SERVER_ERRORS
} from "./counted-keys.ts"
import { BOTS, CLIENT, COUNT, Course, SENT, SERVER } from "./course.ts"
import { LastSeen } from "./last-seen.ts"
import { groupedBy, listingOf, rowOf } from "./listing.ts"
import { isStaticFile, networkOf, siteOf } from "./names.ts"
import { Visitors } from "./visitors.ts"

/** What lists hold at most: then all of it, whatever the log holds, is bounded. */
const mostRows = 100
const urlLimits = { keys: 200_000, bytes: 16 * 1024 * 1024 }
const clientLimits = { keys: 300_000, bytes: 8 * 1024 * 1024 }
const referrerLimits = { keys: 50_000, bytes: 8 * 1024 * 1024 }
const agentLimits = { keys: 50_000, bytes: 12 * 1024 * 1024 }
const methodLimits = { keys: 64, bytes: 4 * 1024 }
const siteLimits = { keys: 20_000, bytes: 2 * 1024 * 1024 }
/** A longer agent or referrer is counted by its beginning. */
const longestText = 1_024
const longestMethod = 16
/** A mean of fewer requests says nothing of a page. */
const leastForMean = 10

const BOT_NOTE = 1

export interface TallySettings extends Pick<DetectionSettings, "ipv6Prefix" | "errors" | "reading"> {
  /** Only lines in [fromMs, toMs) are counted. */
  readonly fromMs: number
  readonly toMs: number
}

/** Counts what the lines of a log say, for a report: each line costs a few looks into tables, and no string. */
export class LineTally {
  #lines = 0
  #ignored = 0
  #outside = 0
  #requests = 0
  #errors = 0
  #clientErrors = 0
  #serverErrors = 0
  #bots = 0
  #direct = 0
  #firstMs = Number.POSITIVE_INFINITY
  #lastMs = Number.NEGATIVE_INFINITY
  readonly #rejected: { [reason in RejectReason]?: number } = {}
  readonly #measures = new MeasureCounts()
  readonly #statuses = new StatusCounts()
  readonly #course = new Course()
  readonly #visitors = new Visitors()
  readonly #last = new LastSeen()
  readonly #urls = new CountedKeys(urlLimits)
  readonly #clients = new CountedKeys(clientLimits)
  readonly #referrers = new CountedKeys(referrerLimits)
  readonly #agents = new CountedKeys(agentLimits)
  readonly #methods = new CountedKeys(methodLimits)
  readonly #sites: CountedKeys | undefined
  readonly #client: Client
  readonly #templates: Templates | undefined
  readonly #fates: Uint32Array
  readonly #fromMs: number
  readonly #toMs: number
  readonly #seed: number
  readonly #dayOf: (ms: number) => number
  /** The row of the method of the line before. */
  #method = -1
  #dayFromMs = Number.NaN
  #dayToMs = Number.NaN
  #day = 0

  /**
   * @param hashSeed that of the scanner
   * @param hasSites whether lines are read for their sites
   * @param dayOf the local day of a time, in days since 1970-01-01
   */
  constructor(settings: TallySettings, hashSeed: number, hasSites: boolean, dayOf: (ms: number) => number) {
    this.#fates = fatesOf(settings.errors ?? defaultErrors)
    this.#client = new Client(settings.ipv6Prefix, hashSeed, settings.reading !== undefined)
    const templates = settings.reading?.templates
    this.#templates = templates === undefined ? undefined : new Templates(templates, hashSeed)
    this.#sites = hasSites ? new CountedKeys(siteLimits) : undefined
    this.#fromMs = settings.fromMs
    this.#toMs = settings.toMs
    this.#seed = hashSeed | 0
    this.#dayOf = dayOf
  }

  /** A line is rejected for what the scanner does not know. */
  reject(reason: RejectReason): void {
    this.#lines++
    this.#rejected[reason] = (this.#rejected[reason] ?? 0) + 1
  }

  /**
   * Counts the line that the scanner stands at.
   * @param offsetMs what is added to its time
   */
  see(line: LineScanner, code: ScanCode, offsetMs = 0): void {
    if (code !== 0) {
      if (code !== ASIDE) this.reject(reasonOf(code))
      return
    }
    this.#lines++
    if (line.traffic >= IGNORED) {
      this.#ignored++
      return
    }
    const timeMs = line.timeMs + offsetMs
    if (timeMs < this.#fromMs || timeMs >= this.#toMs) {
      this.#outside++
      return
    }
    const { status } = line
    const fate = this.#fates[status]!
    this.#requests++
    this.#errors += globalError(fate)
    const kind = urlMark(fate)
    if ((kind & CLIENT_ERROR) !== 0) this.#clientErrors++
    else if ((kind & SERVER_ERROR) !== 0) this.#serverErrors++
    if (timeMs < this.#firstMs) this.#firstMs = timeMs
    if (timeMs > this.#lastMs) this.#lastMs = timeMs
    this.#statuses.add(fate)
    const size = line.size >= 0 && line.size < mostMeasured ? line.size : -1
    if (size >= 0) {
      this.#measures.sizes[0]!++
      this.#measures.sizes[1]! += size
    }
    if (line.durationUs >= 0) this.#measures.durationUs(line.durationUs)
    if (line.upstreamStatus >= 0) this.#measures.upstream(this.#fates[line.upstreamStatus]!)
    const clientHash = this.#seeClient(line, kind, size)
    this.#last.client(clientHash)
    const agentHash = this.#seeAgent(line, kind, size)
    const isBot = this.#isBot
    this.#seeTime(timeMs, kind, size, isBot)
    if (!isBot) this.#seeVisitor(clientHash, agentHash, this.#dayAt(timeMs))
    if (line.urlStart >= 0) this.#seeUrl(line, kind, size)
    this.#seeReferrer(line, kind, size)
    if (line.methodEnd > line.methodStart) this.#seeMethod(line, kind, size)
    if (this.#sites !== undefined) {
      for (const { dimension, bytes, start, end, hash } of line.keys) {
        if (dimension === "site" && start >= 0)
          this.#count(this.#sites, this.#sites.rowOf(bytes, start, end, hash), line, kind, size)
      }
    }
  }

  contents(): ReportContents {
    const told = this.#measures.told()
    const { sizes } = this.#measures
    const urls = this.#urls
    const isStatic = (i: number) => isStaticFile(urls.key(i))
    const requests = (i: number) => urls.number(i, REQUESTS)
    const errors = (i: number) =>
      urls.number(i, CLIENT_ERRORS) - urls.number(i, NOT_FOUND) + urls.number(i, SERVER_ERRORS)
    const meanUs = (i: number) =>
      urls.number(i, DURATIONS) < leastForMean ? 0 : urls.number(i, DURATION_US) / urls.number(i, DURATIONS)
    const agents = Array.from({ length: this.#agents.count }, (_, i) => agentOf(keyText(this.#agents.key(i))))
    return {
      lines: this.#lines,
      rejected: { ...this.#rejected },
      ignored: this.#ignored,
      outside: this.#outside,
      requests: this.#requests,
      errors: this.#errors,
      clientErrors: this.#clientErrors,
      serverErrors: this.#serverErrors,
      bots: this.#bots,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
      bytes: { count: sizes[0]!, sum: sizes[1]! },
      durations: told?.duration_us,
      course: { slotMs: this.#course.slotMs, slots: this.#course.slots(), outside: this.#course.outside },
      visitors: {
        days: [...this.#visitors.byDay].sort(([a], [b]) => a - b).map(([day, visitors]) => ({ day, visitors })),
        isExact: this.#visitors.isExact
      },
      statuses: this.#statuses.byStatus(),
      upstream: told?.upstream ?? [],
      methods: listingOf(this.#methods, mostRows),
      pages: listingOf(urls, mostRows, (i) => (isStatic(i) ? 0 : requests(i))),
      staticFiles: listingOf(urls, mostRows, (i) => (isStatic(i) ? requests(i) : 0)),
      failing: listingOf(urls, mostRows, errors),
      notFound: listingOf(urls, mostRows, (i) => urls.number(i, NOT_FOUND)),
      slow: listingOf(urls, mostRows, meanUs),
      clients: listingOf(this.#clients, mostRows),
      networks: groupedBy(this.#clients, mostRows, (i) => networkOf(this.#clients.key(i))).listing,
      referrers: listingOf(this.#referrers, mostRows),
      referringSites: groupedBy(this.#referrers, mostRows, (i) => siteOf(keyText(this.#referrers.key(i)))).listing,
      direct: this.#direct,
      sites: this.#sites && listingOf(this.#sites, mostRows),
      families: this.#named(agents, ({ family, kind }) => family ?? kind),
      systems: groupedBy(this.#agents, mostRows, (i) => agents[i]!.system).listing,
      botNames: this.#named(agents, ({ family, kind }) => (kind === "bot" ? family : undefined)),
      agents: {
        ...listingOf(this.#agents, mostRows),
        rows: this.#agentRows(agents)
      }
    }
  }

  #agentRows(agents: ReadonlyArray<Agent>): ReadonlyArray<ListedAgent> {
    const keys = this.#agents
    const order = agents.map((_, i) => i).sort((a, b) => keys.number(b, REQUESTS) - keys.number(a, REQUESTS))
    return order.slice(0, mostRows).map((i) => ({ ...rowOf(keys, i), kind: agents[i]!.kind }))
  }

  #named(agents: ReadonlyArray<Agent>, nameOf: (agent: Agent) => string | undefined): Listing<ListedAgent> {
    const { listing, firstOf } = groupedBy(this.#agents, mostRows, (i) => nameOf(agents[i]!))
    return { ...listing, rows: listing.rows.map((row) => ({ ...row, kind: agents[firstOf.get(row.key)!]!.kind })) }
  }

  #isBot = false

  #seeAgent(line: LineScanner, kind: number, size: number): number {
    this.#isBot = false
    const { agentStart, agentText } = line
    if (agentStart < 0) return 0
    const end = Math.min(line.agentEnd, agentStart + longestText)
    const agents = this.#agents
    let row = this.#last.agent
    if (agents.behindKey(row, agentText, agentStart, end) !== end) {
      row = this.#last.agent = agents.rowOf(agentText, agentStart, end, hashOf(agentText, agentStart, end, this.#seed))
      if (agents.isNew && agentOf(keyText(agentText.subarray(agentStart, end))).kind === "bot")
        agents.numbers[row + NOTE] = BOT_NOTE
    }
    this.#isBot = agents.numbers[row + NOTE] === BOT_NOTE
    if (this.#isBot) this.#bots++
    this.#count(agents, row, line, kind, size)
    return agents.hashAt(row)
  }

  #seeVisitor(client: number, agent: number, day: number): void {
    if (!this.#last.cameAgain(agent, day)) this.#visitors.see(client, agent, day)
  }

  #seeMethod(line: LineScanner, kind: number, size: number): void {
    const { agentText, methodStart } = line
    const methods = this.#methods
    const end = Math.min(line.methodEnd, methodStart + longestMethod)
    if (methods.behindKey(this.#method, agentText, methodStart, end) !== end)
      this.#method = methods.rowOf(agentText, methodStart, end, hashOf(agentText, methodStart, end, this.#seed))
    this.#count(methods, this.#method, line, kind, size)
  }

  #seeTime(timeMs: number, kind: number, size: number, isBot: boolean): void {
    const row = this.#course.rowOf(timeMs)
    if (row < 0) return
    const { numbers } = this.#course
    numbers[row + COUNT]!++
    if ((kind & CLIENT_ERROR) !== 0) numbers[row + CLIENT]!++
    else if ((kind & SERVER_ERROR) !== 0) numbers[row + SERVER]!++
    if (size > 0) numbers[row + SENT]! += size
    if (isBot) numbers[row + BOTS]!++
  }

  #seeClient(line: LineScanner, kind: number, size: number): number {
    const { text, clientStart, clientEnd } = line
    if (clientEnd <= clientStart) return 0
    const [client, clients] = [this.#client, this.#clients]
    if (client.mayDiffer(text, clientStart, clientEnd) && client.spell(text, clientStart, clientEnd)) {
      this.#count(clients, clients.rowOf(client.bytes, 0, client.length, client.hash), line, kind, size)
      return client.hash
    }
    this.#count(clients, clients.rowOf(text, clientStart, clientEnd, line.clientHash), line, kind, size)
    return line.clientHash
  }

  #seeUrl(line: LineScanner, kind: number, size: number): void {
    const { text, urlStart, urlEnd, urlHash } = line
    const [urls, templates] = [this.#urls, this.#templates]
    const row = templates?.fold(text, urlStart, urlEnd, urlHash)
      ? urls.rowOf(templates.bytes, templates.start, templates.end, templates.hash)
      : urls.rowOf(text, urlStart, urlEnd, urlHash)
    this.#count(urls, row, line, kind, size)
  }

  /** Without its query string, which holds what people have searched for. */
  #seeReferrer(line: LineScanner, kind: number, size: number): void {
    const { refererStart, agentText } = line
    if (refererStart < 0) return
    const stop = Math.min(line.refererEnd, refererStart + longestText)
    const referrers = this.#referrers
    let row = this.#last.referrer
    const behind = referrers.behindKey(row, agentText, refererStart, stop)
    if (behind < 0 || (behind < stop && !endsPage(agentText[behind]!))) {
      let end = refererStart
      while (end < stop && !endsPage(agentText[end]!)) end++
      if (end === refererStart || (end === refererStart + 1 && agentText[refererStart] === DASH)) {
        this.#direct++
        return
      }
      const hash = hashOf(agentText, refererStart, end, this.#seed)
      row = this.#last.referrer = referrers.rowOf(agentText, refererStart, end, hash)
    }
    this.#count(referrers, row, line, kind, size)
  }

  #count({ numbers }: CountedKeys, row: number, line: LineScanner, kind: number, size: number): void {
    numbers[row + REQUESTS]!++
    if (size > 0) numbers[row + BYTES]! += size
    if (kind > 1) {
      if ((kind & CLIENT_ERROR) !== 0) {
        numbers[row + CLIENT_ERRORS]!++
        if (line.status === 404) numbers[row + NOT_FOUND]!++
      } else numbers[row + SERVER_ERRORS]!++
    }
    if (line.durationUs >= 0) {
      numbers[row + DURATION_US]! += line.durationUs
      numbers[row + DURATIONS]!++
    }
  }

  /** The local day, asked for once a quarter of an hour of the log's: no zone changes its day within one. */
  #dayAt(timeMs: number): number {
    if (timeMs < this.#dayFromMs || timeMs >= this.#dayToMs || Number.isNaN(this.#dayFromMs)) {
      this.#dayFromMs = Math.floor(timeMs / quarterMs) * quarterMs
      this.#dayToMs = this.#dayFromMs + quarterMs
      this.#day = this.#dayOf(this.#dayFromMs)
    }
    return this.#day
  }
}

const quarterMs = 900_000

const endsPage = (byte: number): boolean => byte === QUESTION || byte === HASH_SIGN
