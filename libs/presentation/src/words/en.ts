import { type ClosedBy, everyDimension, type NoVerdictCause, type RejectReason, visibleText } from "@chaussettes/domain"
import {
  type DetectorStatus,
  type Headline,
  type RecentNoVerdict,
  rightOffsetMs,
  type SourceOffClock,
  type Status,
  type Tone,
  toneOf
} from "@chaussettes/readmodel"
import { exactSpanText, offsetFlag } from "../clock.ts"
import { countText, durationText, percentText } from "../figures.ts"
import { incidentsEn } from "./incidents-en.ts"
import { logsName } from "./logs-name.ts"
import type { Sentence } from "./segments.ts"

const n = (count: number): string => countText("en", count)
const many = (count: number, one: string, more: string): string => `${n(count)} ${count === 1 ? one : more}`

const offClock = ({ name, clock: { kind, ahead_ms: aheadMs } }: SourceOffClock): string => {
  const off = `${visibleText(name)} is ${exactSpanText(aheadMs)} ${aheadMs > 0 ? "ahead" : "behind"}`
  if (kind === "zone") return `${off}: a wrong time zone?`
  return aheadMs > 0 ? `${off}: a fast clock?` : `${off}: a slow clock, or a shipper that holds its lines back?`
}

const offClockRemedy = (source: SourceOffClock): string =>
  `Correct its times with ${offsetFlag(source.name, rightOffsetMs(source))}.`

const causes: { readonly [cause in NoVerdictCause]: (lines: number, reason: RejectReason | undefined) => string } = {
  late: (lines) => `${n(lines)} came too late`,
  future: (lines) => `${n(lines)} ${lines === 1 ? "is" : "are"} ahead of the clock`,
  unparsed: (lines, reason) => `${n(lines)} ${lines === 1 ? "is" : "are"} rejected (${reason})`
}

const remedies: { readonly [cause in NoVerdictCause]: string } = {
  late: "Send lines sooner, or accept them for longer with --horizon.",
  future: "The clock or the time zone of their source is wrong: correct it, or correct its times with --source-offset.",
  unparsed: "`chaussettes parse FILE` shows why."
}

const noVerdict = ({ how, lines, unjudged, causes: some, reason, spanMs, offClock: off }: RecentNoVerdict): string => {
  const share = percentText("en", unjudged / lines)
  const head =
    how === "NothingUsable"
      ? "No line can be read"
      : how === "MostUnjudged"
        ? `Most lines get no verdict (${share})`
        : `${share} of the lines get no verdict`
  const said = some.map(({ cause, lines: own }) => causes[cause](own, reason)).join(", ")
  const what = `of ${many(lines, "line", "lines")} of the last ${Math.round(spanMs / 60_000)} minutes, ${said}.`
  const unlike = some.filter(({ cause }) => cause === "unparsed" || off.length === 0)
  const help = [
    ...off.map((source) => `${offClock(source)} ${offClockRemedy(source)}`),
    ...unlike.map(({ cause }) => remedies[cause])
  ]
  return `${head}: ${what} ${help.join(" ")}`
}

const headline = (h: Headline): Sentence => {
  switch (h._tag) {
    case "Unreachable":
      return ["The NATS server has not answered since ", { time: h.sinceMs }, "; what is shown is from before."]
    case "NoData":
      return h.detector
        ? ["The detector runs, but no window has been decided yet: it waits for lines."]
        : ["No data yet: no detector has written a window."]
    case "Wrong":
      return [
        ...incidentsEn.wrong(h.worst, h.others),
        ...(h.quiet === null ? [] : [" ", ...incidentsEn.alsoQuiet(h.quiet)]),
        ...(h.noVerdict === null ? [] : [` ${noVerdict(h.noVerdict)}`])
      ]
    case "NoVerdict":
      return [noVerdict(h.noVerdict)]
    case "DetectorNotReady":
      return [`The detector is not ready: ${h.why.replace(/\.$/, "")}.`]
    case "DetectorSilent":
      return [
        "The detector has been silent since ",
        { time: h.sinceMs },
        h.lagMessages > 0
          ? `; ${many(h.lagMessages, "message waits", "messages wait")} to be read.`
          : "; no message waits to be read."
      ]
    case "CatchingUp":
      return [
        `${many(h.messages, "message is", "messages are")} still to be read${h.leftMs === null ? "" : `, which takes about ${durationText("en", h.leftMs)}`}.`
      ]
    case "ThresholdRefused":
      return [
        `The threshold “${en.dimensions[h.dimension]}” in the bucket seuils is not used, because ${h.why}. The last valid one stays in force.`
      ]
    case "RulesRefused":
      return [
        `The ${h.key === "ignore" ? "rules for ignored traffic" : "formats declared by source"} in the bucket are not used, because ${visibleText(h.why)}. The last valid ones stay in force.`
      ]
    case "StrayThreshold":
      return [
        `The bucket seuils holds the unknown key “${visibleText(h.key)}”: thresholds are global, ip and url. Remove it: chaussettes thresholds unset ${visibleText(h.key)}`
      ]
    case "Lost":
      return [
        `${many(h.messages, "message was", "messages were")} dropped from ${logsName()} before the detector read them, within the last hour.`
      ]
    case "NoLines":
      return [
        "No lines since ",
        { time: h.sinceMs },
        h.last?.isOpen === true ? ". When they stopped, something was wrong: " : ".",
        ...(h.last?.isOpen === true ? [...incidentsEn.subject(h.last.event), "."] : [])
      ]
    case "Learning":
      return incidentsEn.learning(h.learning)
    case "Quiet":
      return incidentsEn.allQuiet(h.worst, h.quiet)
    case "Calm":
      return [
        ...(h.last === null
          ? ["Nothing is wrong. There has been no incident."]
          : ["Nothing is wrong.", ...incidentsEn.last(h.last)]),
        ...(h.maintenanceUntilMs === null ? [] : [" ", ...incidentsEn.maintenance(h.maintenanceUntilMs)])
      ]
  }
}

const reasons: { readonly [reason in RejectReason]: string } = {
  empty: "empty line",
  too_long: "too long",
  control: "control byte",
  prefix: "start of the line, before the time",
  client: "client address",
  time: "time",
  request: "request",
  status: "status",
  size: "size",
  truncated: "cut off",
  payload: "unknown payload",
  format: "unknown format",
  ambiguous: "ambiguous",
  future: "from the future",
  late: "late"
}

const closedBy: { readonly [reason in ClosedBy]: string } = {
  watermark: "all sources had passed its end",
  idle: "no source was sending lines any more",
  punctuation: "its source announced that it had finished",
  limit: "a memory limit was reached",
  late: "late lines arrived for it, so it was judged again"
}

const detector: { readonly [state in DetectorStatus]: string } = {
  running: "running",
  silent: "silent",
  never: "has never run"
}

/** Whether the detector is ready, and why not. */
const detectorWhy = ({
  detector: { state, holder, notReady },
  lagMessages
}: Pick<Status, "detector" | "lagMessages">): string => {
  if (notReady.length > 0) return `not ready: ${notReady.join("; ")}`
  switch (state) {
    case "never":
      return "no detector has run yet; start one with chaussettes detect"
    case "silent":
      return holder === null
        ? "it stopped and gave up the lead; start one with chaussettes detect"
        : "it has not renewed its lead: it was killed, hangs, or cannot write; see its log and its /readyz"
    case "running":
      return (lagMessages ?? 0) === 0
        ? "ready: all received lines are read"
        : `catching up: ${many(lagMessages ?? 0, "message waits", "messages wait")} to be read`
  }
}

const toneWords: { readonly [tone in Tone]: string } = {
  bad: "Wrong",
  warn: "Attention",
  unknown: "Waiting",
  good: "Fine"
}

/** What is no matter of good or bad has a word of its own. */
const stateWords = { CatchingUp: "Catching up", Learning: "Learning", Quiet: "Silenced" } as const

export const en = {
  title: "Chaussettes",
  /** Between a name and its value. */
  colon: ": ",
  headline,
  headlineWord: (h: Headline): string =>
    h._tag === "CatchingUp" || h._tag === "Learning" || h._tag === "Quiet" ? stateWords[h._tag] : toneWords[toneOf(h)],
  views: {
    overview: "Overview",
    incidents: "Incidents",
    alerts: "Alerts",
    acts: "Silences",
    top: "Top",
    explore: "Explore",
    whatIf: "What if",
    status: "Status"
  },
  incidents: incidentsEn,
  viewsLabel: "Views",
  skip: "Skip to the content",
  dimensions: everyDimension(({ words }) => words.en.one),
  dimensionsMany: everyDimension(({ words }) => words.en.many),
  severities: { HIGH: "high", MEDIUM: "medium" },
  fewRequests: (severity: string): string => `${severity}, of few requests`,
  reasons,
  closedBy,
  detector,
  detectorWhy,
  noVerdict,
  verdictsAgain: "Nearly all lines of the last minutes get a verdict again.",
  offClock,
  onTheClock: (source: string): string => `The clock of ${visibleText(source)} is right again.`,
  offClockRemedy,
  ago: (ms: number): string => (ms < 1000 ? "just now" : `${durationText("en", ms)} ago`),
  status: {
    lines: "Requests per second",
    serverErrors: "Server errors (5xx)",
    clientErrors: "Client errors (4xx)",
    lastMinute: "in the last minute",
    toRead: (messages: number) =>
      messages === 0
        ? "Every line is read as it comes."
        : `${many(messages, "message waits", "messages wait")} to be read.`,
    decidedThrough: "decided up to",
    lateAndRejected: (late: number, rejected: number) =>
      late + rejected === 0
        ? "Every line of the last hour has its verdict."
        : `Of the last hour, ${many(late, "line", "lines")} came too late and ${n(rejected)} could not be read.`,
    reading: "reading",
    verdicts: "verdicts",
    linesHint: "over the last minute of the log",
    errorRate: "Error rate",
    errors: "Errors",
    kinds: (client: string, server: string): string => `${client} client errors (4xx), ${server} server errors (5xx)`,
    lag: "Lag",
    get lagHint(): string {
      return `messages of ${logsName()} not read yet`
    },
    watermark: "Watermark",
    watermarkHint: "age of the newest decided window",
    late: "Late",
    rejected: "Rejected",
    gap: "Lost",
    lastHour: "in the last hour",
    detectorTitle: "Detector",
    state: "state",
    holder: "leader",
    generation: "generation",
    renewed: "last sign of life",
    newest: "newest window",
    get logs(): string {
      return logsName()
    },
    logsHeld: (messages: number, size: string) => `${many(messages, "message", "messages")}, ${size}`,
    sources: "Sources",
    source: "Source",
    lastEvent: "Last line of",
    notStored: (bytes: string, waited: string) => `${bytes} not stored yet, waiting for ${waited}`,
    allStored: "all stored",
    lastSeen: "Last message",
    ended: "has ended",
    noSources: "No source has sent anything yet.",
    recentLines: "Lines",
    recentHint: "in the last five minutes, and how many of them get no verdict",
    withoutVerdict: (lines: string) => `${lines} without a verdict`,
    delay: "Delay",
    delayHint: "from a line's time to when it is stored: typical, and the slowest tenth",
    disorder: "Disorder",
    disorderHint: "how late a line arrives after newer lines of its source",
    lateness: "Wait",
    latenessHint: "how long a window waits for late lines of the source",
    offset: (span: string) => `times corrected by ${span}`,
    offClockTitle: "Wrong clocks",
    moreOffClock: (count: number) => `${many(count, "more source has", "more sources have")} a wrong clock.`,
    thresholds: "Thresholds in force",
    threshold: "Threshold",
    revision: "revision",
    since: "since",
    method: "method",
    calculated: "calculated",
    noThreshold: "none in the bucket",
    refused: "refused",
    ignored: "Ignored",
    ignoredLines: (lines: number) => many(lines, "request", "requests"),
    rules: (count: number) => many(count, "rule", "rules"),
    formats: "Declared formats",
    formatsBy: (count: number) => many(count, "source", "sources"),
    formatChanges: "Changed format",
    formatChange: (source: string, was: string, now: string) => `${source}: ${was}, now ${now}`,
    unknownKeys: "Unknown keys",
    unknownKey: (key: string, bucket: string) => `${key}, in the bucket ${bucket}`,
    rejects: "Rejected and late lines",
    newestRejects: "The newest ones",
    noRejects: "No line was rejected in the last hour.",
    line: "Line"
  },
  /** From where on there is an alert. */
  rule: {
    never: "never alerts",
    above: (rate: number): string => `alerts above ${percentText("en", rate)}`,
    from: (rate: number, errors: number): string =>
      `alerts from ${percentText("en", rate)} on, and at least ${many(errors, "error", "errors")}`,
    setBy: { computed: "computed", hand: "set by hand" },
    examples: (known: ReadonlyArray<readonly [errors: number, requests: number]>): string =>
      known.map(([e, r], i) => `${n(e)} of ${n(r)}${i === 0 ? " requests" : ""}`).join(", ")
  },
  screen: {
    requests: "Requests",
    errors: "Errors",
    lastHour: "requests, and the share that failed, over up to an hour",
    perSecond: (rate: string) => `${rate}/s`,
    ageOf: (age: string) => `${age} old`,
    paused: "paused",
    waiting: "Looking…",
    lost: (since: string, why: string) => `Connection lost at ${since}: ${why}. Trying again…`,
    publicOnly: "Without credentials: decided windows and alerts only, not what waits to be read.",
    above: "! above the threshold",
    incidents: "Incidents",
    noIncidents: "No incident.",
    noKeys: "No errors in the last hour.",
    noMatch: (filter: string) => `Nothing matches “${filter}”.`,
    columns: {
      since: "since",
      lasts: "lasts",
      severity: "severity",
      key: "who or what",
      errors: "errors",
      rate: "rate"
    },
    lines: "lines, errors first",
    more: (count: number) => `${n(count)} more`,
    filter: "Filter",
    footer: "↑↓ move  tab panel  enter explain  / filter  p pause  ? help  q quit",
    shortFooter: "? help  q quit",
    backFooter: "↑↓ scroll  esc back  q quit",
    leftOut: (what: string) => `Not enough room for: ${what}.`,
    course: "the course",
    tooSmall: (columns: number, rows: number) => `The screen is too small for more: it needs ${columns} × ${rows}.`,
    explaining: "Reading the lines of the alert…",
    noAlert: "No recent alert is about this key.",
    help: [
      ["↑ ↓, j k", "move"],
      ["PgUp PgDn, g G", "a page, to the top, to the end"],
      ["tab, ← →", "next panel, previous panel"],
      ["enter", "explain the worst alert of the incident's cause or the key"],
      ["/", "show only keys that contain a text"],
      ["p", "pause and go on"],
      ["esc", "back"],
      ["q, Ctrl-C", "quit"]
    ] as ReadonlyArray<readonly [keys: string, does: string]>
  },
  chart: {
    title: "Error rate",
    rate: "error rate",
    threshold: "threshold",
    requests: "requests per second",
    alerts: "alerts",
    window: "window",
    bucket: (d: string) => `each point covers ${d}`,
    live: "Live",
    pause: "Pause",
    resume: "Go live",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    earlier: "Earlier",
    later: "Later",
    hint: "Drag to zoom. With the keyboard: arrow keys move, + and − zoom, End goes live.",
    table: "As a table",
    chart: "As a chart",
    loadingHistory: (share: string) => `older windows are still being read (${share})`,
    leftOut: "to save memory, the chart leaves out windows from before ",
    empty: "No window in this span.",
    newest: " The newest window is from ",
    goToNewest: "Show it",
    summary: (total: string, rate: string, alerts: string) =>
      `${total} ${total === "1" ? "request" : "requests"}, ${rate} errors, ${alerts} ${alerts === "1" ? "alert" : "alerts"} in this span`
  },
  spans: {
    "15m": "15 min",
    "1h": "1 h",
    "6h": "6 h",
    "1d": "1 day",
    "7d": "7 days",
    "30d": "30 days",
    "1y": "1 year"
  },
  spanLabel: "Span",
  alerts: {
    incidents: "Incidents",
    moreIncidents: (count: number, atLeast: boolean) =>
      `${atLeast ? "at least " : ""}${many(count, "more incident", "more incidents")}`,
    open: "open",
    closed: "over",
    alertsOf: (count: number) => many(count, "alert", "alerts"),
    requestsOf: (errors: number, total: number) => `${n(errors)} of ${n(total)} failed`,
    all: "all",
    dimension: "Dimension",
    severity: "Severity",
    key: "IP or URL",
    keyHint: "part of it",
    shown: (shown: number, count: number, atLeast: boolean) =>
      `Showing the ${n(shown)} most important of ${atLeast ? "at least " : ""}${n(count)}; choose a shorter span to see the others.`,
    evidence: "Each window and key above its threshold: the evidence behind incidents.",
    none: "No alert in this span.",
    noneFiltered: "No alert in this span matches.",
    more: "Older ones",
    scanned: (count: number) => `Only the newest ${n(count)} alerts of this span were searched.`,
    suppressed: (count: number) =>
      `${many(count, "alert was", "alerts were")} suppressed because their window had too many.`
  },
  explain: {
    title: "The alert explained",
    open: "Explain the alert",
    back: "Back to the alerts",
    verdict: (errors: number, total: number, rate: string) => `${n(errors)} of ${n(total)} requests failed: ${rate}.`,
    plain: (rate: string, least: number, total: number) =>
      `The threshold was ${rate}: with ${many(total, "request", "requests")}, ${many(least, "error", "errors")} or more raise an alert.`,
    tabled: (least: number, total: number) =>
      `The threshold in force depends on the number of requests: with ${many(total, "request", "requests")}, ${many(least, "error", "errors")} or more raise an alert.`,
    thresholdRevision: (revision: number) => `revision ${n(revision)} of the threshold`,
    window: "Window",
    decided: "Decided because",
    course: "The same key in the windows around",
    courseGlobal: "All traffic in the windows around",
    courseHint: "counted from the lines themselves",
    courseTop: "from the ten worst keys of each window: without a point, the key was not among them",
    lines: "The lines of the alert",
    linesAgree: (total: number, errors: number) =>
      `${logsName()} holds all of them: ${many(total, "line", "lines")}, ${many(errors, "error", "errors")}.`,
    linesPart: (total: number, wanted: number) =>
      `${logsName()} no longer holds all of them: ${n(total)} of ${n(wanted)}. The others were dropped by its limits.`,
    byStatus: (statuses: string) => `By status: ${statuses}.`,
    linesLater: (lines: number, errors: number, allErrors: number, all: number) =>
      `${lines === 1 ? "1 line" : `${n(lines)} lines`} of it, ${n(errors)} in error, came late, after the alert was raised: now ${n(allErrors)} of ${n(all)} requests failed.`,
    get linesGone(): string {
      return `${logsName()} no longer holds these lines; its limits have dropped them.`
    },
    linesCut: (shown: number, total: number, id: string) =>
      `Showing ${n(shown)} of ${n(total)}; for all of them: chaussettes explain ${id}`,
    linesMany: (id: string) =>
      `They are too far apart to be shown here; on the command line: chaussettes explain ${id}`,
    onlyErrors: "errors only",
    missing: "There is no such alert.",
    notAnId: "This is not the id of an alert.",
    error: "error",
    copy: "Copy the command",
    seq: "message"
  },
  top: {
    title: (what: string) => `${what} with the most errors`,
    bound: "Lower bounds: each window records only its ten worst keys, so the true counts may be higher.",
    errors: "Errors",
    requests: "Requests",
    rate: "Rate",
    none: "No errors in this span.",
    coarse: "A span this long is counted in whole hours or days."
  },
  whatIf: {
    title: "What if the threshold were different?",
    intro: "Move a threshold to see how many alerts of this span would remain.",
    inForce: "with the thresholds in force then",
    with: "with these",
    now: "now in force",
    reset: "Back to those in force",
    count: "Count from the lines",
    get counting(): string {
      return `Counting from ${logsName()}…`
    },
    notCounted: "Not counted yet",
    countedFor: "Counted from the lines of ",
    again: "Count again",
    get needs(): string {
      return `IPs and URLs must be counted again from ${logsName()}: records and alerts do not say how many keys were quiet.`
    },
    tooMuch: (lines: number) =>
      `This span holds ${n(lines)} lines, too many to count here. Choose a shorter one, or use the command line: chaussettes thresholds what-if`,
    exact: (panes: number) => `of ${many(panes, "pane", "panes")} with enough requests`,
    share: (share: string) => `${share} of them`,
    day: (count: string) => `${count} a day`,
    gone: (missing: number) =>
      `${logsName()} no longer holds ${many(missing, "request", "requests")} of this span: they are not counted.`,
    tableNote:
      "The thresholds in force ask for a greater share where there are few requests. What you try with a slider is one rate for all.",
    curve: "Panes by requests and error rate: the stronger a square, the more of them. A pane above a line alerts.",
    curveTried: "with what you try",
    curveInForce: "with what is in force",
    requests: "requests",
    force: "To put it in force:",
    busy: "Another count is running; try again in a moment."
  },
  explore: {
    by: "What is looked at",
    class: "Errors",
    classes: { errors: "Errors", "4xx": "4xx", "5xx": "5xx" },
    whole: "Which one",
    anyKey: "all of them",
    course: "Error rate compared",
    now: "this span",
    yesterday: "a day before",
    lastWeek: "a week before",
    when: "When",
    change: "Change",
    sum: (errors: number, total: number, rate: string): string =>
      `${many(errors, "error", "errors")} of ${many(total, "request", "requests")}: ${rate}`,
    get needs(): string {
      return `The lists come from records, which name only the worst keys. Counted from ${logsName()}, they are exact.`
    },
    get needsCount(): string {
      return `One key is counted from the lines of ${logsName()}.`
    },
    get counting(): string {
      return `Counting from ${logsName()}…`
    },
    stop: "Stop",
    forget: "Without counting",
    tooMuch: (lines: number): string =>
      `This span holds ${n(lines)} lines, too many to count here. Choose a shorter one, or use the command line: chaussettes report`,
    find: "Find in the lists",
    exact: "Exact: counted from the lines themselves.",
    keys: (count: number, atLeast: boolean): string => `${atLeast ? "at least " : ""}${n(count)}`,
    noKey: "No key in this list contains this text.",
    lines: "Lines",
    showLines: "Show the lines",
    shown: (shown: number, total: number): string =>
      `Showing ${n(shown)} of ${many(total, "line", "lines")}, errors first.`,
    save: (kind: string, of: string): string => `Save as ${kind}: ${of}`
  },
  choice: { language: "Language", browser: "Language: automatic", zone: "Time zone" },
  states: {
    loading: "Loading…",
    disconnected: "Connection lost",
    disconnectedSince: "what is shown is from before ",
    tryingAgain: "Trying again…",
    failed: (why: string) => `This could not be loaded: ${why}`,
    network: "the page's server does not answer",
    again: "Try again",
    noData: "No data yet",
    noDataHow: "Send lines with one of these commands:",
    notFound: "There is no such page."
  },
  login: { token: "Access token", enter: "Log in", wrong: "Wrong token." },
  theme: { label: "Colours", auto: "like the system", light: "light", dark: "dark" }
}

export type Words = typeof en
