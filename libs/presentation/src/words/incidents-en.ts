import {
  type CauseDimension,
  type ClosedWhy,
  type IncidentEvent,
  type IncidentEventType,
  type IncidentKind,
  seconds,
  visibleText
} from "@chaussettes/domain"
import type { IncidentView, Learning, Marks, Status } from "@chaussettes/readmodel"
import { countText, durationText, percentText } from "../figures.ts"
import type { Sentence } from "./segments.ts"

type QuietIncidents = NonNullable<Status["incidents"]["quiet"]>

const n = (count: number): string => countText("en", count)
const many = (count: number, one: string, more: string): string => `${n(count)} ${count === 1 ? one : more}`

const names: { readonly [dimension in CauseDimension]: string } = {
  global: "All traffic",
  network: "Network",
  url: "URL",
  ip: "Client"
}

const manyNames: { readonly [dimension in CauseDimension]: readonly [one: string, more: string] } = {
  global: ["", ""],
  network: ["network", "networks"],
  url: ["URL", "URLs"],
  ip: ["client", "clients"]
}

const kinds: { readonly [kind in IncidentKind]: string } = {
  "client-errors": "client errors (4xx)",
  "server-errors": "server errors (5xx)",
  silence: "silence",
  drop: "fewer requests",
  spike: "more requests",
  latency: "slow requests"
}

/** Who or what it is about, by its cause. */
const subject = ({ cause }: IncidentEvent): Sentence => {
  if (cause.key === null) return [names.global]
  const more = cause.key_count - 1
  return [
    `${names[cause.dimension]} `,
    { key: cause.key, dimension: cause.dimension },
    ...(more > 0
      ? [` and ${many(more, `more ${manyNames[cause.dimension][0]}`, `more ${manyNames[cause.dimension][1]}`)}`]
      : [])
  ]
}

const failed = ({ errors, requests, kind }: IncidentEvent): string =>
  `${n(errors)} of ${many(requests, "request", "requests")} (${percentText("en", requests === 0 ? 0 : errors / requests)}) failed with ${kinds[kind]}`

/** What happens, in the middle of a sentence. */
const what: { readonly [kind in IncidentKind]: (event: IncidentEvent) => string } = {
  "client-errors": failed,
  "server-errors": failed,
  silence: () => "no requests have come, where many are usual at this hour,",
  drop: ({ requests }) => `only ${many(requests, "request", "requests")} came, far fewer than usual at this hour,`,
  spike: ({ requests }) => `${many(requests, "request", "requests")} came, far more than usual at this hour,`,
  latency: ({ requests, latency }) =>
    `one in twenty of ${many(requests, "request", "requests")} takes ${seconds(latency?.p95_us ?? 0)} or longer, where ${seconds(latency?.usual_p95_us ?? 0)} is usual,`
}

/** What has a rate that is expected; the others are told by their requests. */
const hasRate: { readonly [kind in IncidentKind]: boolean } = {
  "client-errors": true,
  "server-errors": true,
  silence: false,
  drop: false,
  spike: false,
  latency: false
}

const usual = ({ kind, certificate }: IncidentEvent): string =>
  hasRate[kind] ? `${percentText("en", certificate.expected_rate)} is usual` : ""

/** The same as a sentence of its own. */
const whatAlone = (event: IncidentEvent): string => {
  const said = what[event.kind](event).replace(/,$/, "")
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}${usual(event) === "" ? "" : `, ${usual(event)}`}.`
}

/** Who is hurt, beside the requests. */
const hurt = ({ cause, clients, victims }: IncidentEvent): string =>
  [
    ...(cause.dimension === "ip" || clients === 0 ? [] : [many(clients, "client", "clients")]),
    ...(cause.dimension === "url" || victims.url === 0 ? [] : [many(victims.url, "URL", "URLs")])
  ].join(", ")

const theCause = ({ cause: { dimension, key_count } }: IncidentEvent): string => {
  const [one, more] = manyNames[dimension]
  if (one === "") return "It accounts for"
  return key_count > 1 ? `These ${n(key_count)} ${more} account for` : `This ${one} accounts for`
}

/** How much of the trouble the cause explains. */
const why = (event: IncidentEvent): string =>
  event.cause.key === null
    ? "No single URL, client or network explains it: it is everywhere."
    : hasRate[event.kind]
      ? `${theCause(event)} ${percentText("en", event.cause.share)} of the site’s unexpected ${kinds[event.kind]}.`
      : ""

const serverNext: { readonly [dimension in CauseDimension]: string } = {
  global: "Look at what all requests share: the back end, its database, the newest deployment.",
  network: "Look at what these clients ask for: one of their requests breaks a back end.",
  url: "Look at what serves it: its back end's log of this time, the newest deployment.",
  ip: "Look at what this client sends: its request breaks a back end. Block it if it means to."
}

const clientNext: { readonly [dimension in CauseDimension]: string } = {
  global: "Look for what became wrong for everybody: a moved page, an expired login, the newest deployment.",
  network: "Probably scanners: nothing of yours is down. Block the network if it is a burden.",
  url: "Something links to what is not there or not allowed: look at the referrers in its lines.",
  ip: "Probably a scanner or a broken program: nothing of yours is down. Block it if it is a burden."
}

/** What to look at first. */
const next = ({ kind, cause: { dimension } }: IncidentEvent): string => {
  switch (kind) {
    case "server-errors":
      return serverNext[dimension]
    case "client-errors":
      return clientNext[dimension]
    case "silence":
    case "drop":
      return "Check whether the site can be reached, and whether its log still arrives: see Status."
    case "spike":
      return "See whether the back ends hold; the top clients tell visitors from a crawler or an attack."
    case "latency":
      return "Look at what it waits for: its back end, a database, another service, the newest deployment."
  }
}

/** Why it stands where it does, for the first sentence of all. */
const wrong = ({ event, openedMs, marks }: IncidentView, others: number): Sentence => [
  ...subject(event),
  `: ${what[event.kind](event)} since `,
  { time: openedMs },
  `${usual(event) === "" ? "" : `, ${usual(event)}`}.${hurt(event) === "" ? "" : ` Affected: ${hurt(event)}.`}${acknowledged(marks)}${others === 0 ? "" : ` ${many(others, "other incident is", "other incidents are")} open.`}`
]

/** Who takes care of it, where somebody does. */
const acknowledged = (marks: Marks | undefined): string => {
  const by = marks?.acknowledged?.by
  if (by !== undefined) return ` Acknowledged by ${visibleText(by)}.`
  return marks === undefined || marks.acknowledged === null ? "" : " Acknowledged."
}

/** What nobody is told of, beside what is wrong. */
const alsoQuiet = ({ count, untilMs }: QuietIncidents): Sentence =>
  count === 1
    ? ["1 is silenced until ", { time: untilMs }, "."]
    : [`${n(count)} are silenced, the first of them until `, { time: untilMs }, "."]

/** Nothing else is open. */
const allQuiet = ({ event, marks }: IncidentView, { count, untilMs }: QuietIncidents): Sentence => {
  const which: Sentence = count === 1 ? [": ", ...subject(event), `, ${kinds[event.kind]}.`] : ["."]
  return marks?.quiet?.type === "maintenance"
    ? ["Maintenance until ", { time: untilMs }, `; ${many(count, "incident is", "incidents are")} open`, ...which]
    : count === 1
      ? ["1 open incident is silenced until ", { time: untilMs }, ...which]
      : [`${n(count)} open incidents are silenced, the first of them until `, { time: untilMs }, ...which]
}

const maintenance = (untilMs: number): Sentence => [
  "Maintenance until ",
  { time: untilMs },
  ": nobody is told of incidents."
]

const learning = ({ untilMs, isOverdue }: Learning): Sentence =>
  isOverdue
    ? ["Nothing strikes. What is usual here is not learnt: run chaussettes thresholds, which start does every hour."]
    : [
        "Nothing strikes. What is usual here is still being learnt, ",
        ...(untilMs === null ? ["for about an hour"] : ["until about ", { time: untilMs }]),
        "; until then only strong evidence is told."
      ]

const last = ({ event, closedMs }: IncidentView): Sentence => [
  " The last incident: ",
  ...subject(event),
  `, ${kinds[event.kind]}, until `,
  { time: closedMs! },
  "."
]

const closedWhy: { readonly [why in ClosedWhy]: string } = {
  recovered: "as expected again",
  quiet: "no error for ten minutes",
  accepted: "lasted so long that it is how the site is now",
  merged: "another incident explains it",
  forgotten: "the detector lost what it knew of it",
  withdrawn: "its lines came later"
}

const types: { readonly [type in IncidentEventType]: string } = {
  opened: "opened",
  grew: "grew",
  "changed-cause": "another cause",
  closed: "over"
}

/** False alarms as people count them: `one false alarm in 40 weeks`. */
const falseAlarms = (aWeek: number, of = ""): string => {
  if (aWeek >= 1.5) return `${n(aWeek)} false alarms${of} a week`
  const weeks = Math.round(1 / aWeek)
  return weeks === 1 ? `one false alarm${of} a week` : `one false alarm${of} in ${n(weeks)} weeks`
}

export const incidentsEn = {
  title: "Incidents",
  open: "Look at the incident",
  kinds,
  names,
  subject,
  what: (event: IncidentEvent): string => what[event.kind](event),
  whatAlone,
  usual,
  hurt,
  why,
  next,
  wrong,
  learning,
  alsoQuiet,
  allQuiet,
  maintenance,
  last,
  closedWhy,
  types,
  severities: { HIGH: "high", MEDIUM: "medium", LOW: "low" },
  certificate: ({ certificate: c }: IncidentEvent): string =>
    `Evidence of ${c.evidence.toFixed(1)} against the ${c.level.toFixed(1)} that it takes here. At that level ${c.budget_weekly > 0 ? falseAlarms(c.budget_weekly, " of this kind") : "no false alarm of this kind"} is to be expected; over all kinds, ${falseAlarms(c.budget_total_weekly)}.`,
  learnt: (through: string | null): string =>
    through === null ? "Nothing was learnt of the site then, so it took strong evidence." : "",
  share: (share: number): string => percentText("en", share),
  none: "No incident in this span.",
  noneOpen: "No incident is open.",
  noneFiltered: "No incident of this span matches.",
  kind: "Kind",
  all: "all",
  key: "Client, network or URL",
  missing: "There is no such incident: it was never told, or it is older than INCIDENTS keeps.",
  notAnId: "This is not the id of an incident.",
  back: "All incidents",
  others: (count: number): string => `${many(count, "more incident", "more incidents")}`,
  fine: {
    title: "Fine",
    detector: "the detector is ready",
    read: "every line is read as it comes",
    verdicts: "nearly every line gets its verdict",
    sources: (count: number): string => `${many(count, "source sends", "sources send")} lines`,
    serverErrors: (rate: string): string => `${rate} server errors in the last hour`
  },
  rows: {
    what: "What",
    since: "Since",
    until: "Over since",
    hurt: "Who is hurt",
    requests: (errors: number): string => many(errors, "request", "requests"),
    why: "Why",
    next: "Do next",
    certificate: "How sure"
  },
  timeline: {
    title: "Timeline",
    told: (errors: number, requests: number): string =>
      `${n(errors)} of ${many(requests, "request", "requests")} failed`,
    cause: "the cause is now ",
    began: "began",
    lasts: (ms: number): string => `after ${durationText("en", ms)}`
  },
  victims: {
    title: "Cause and victims",
    share: "of the trouble",
    keys: (count: number): string => `and ${many(count, "more", "more")}`,
    none: "No other URL, client or network is affected.",
    of: ({ network, url, ip }: IncidentEvent["victims"]): string =>
      `Affected by it, and no incidents of their own: ${[
        ...(url > 0 ? [many(url, "URL", "URLs")] : []),
        ...(ip > 0 ? [many(ip, "client", "clients")] : []),
        ...(network > 0 ? [many(network, "network", "networks")] : [])
      ].join(", ")}.`,
    alerts: "Its alerts"
  },
  course: {
    title: "The course against what is expected",
    requestsTitle: "Requests before, during and after",
    cause: "Of the cause, where a window names it among its ten worst keys; dashed, what is usual.",
    site: "Of all traffic: windows do not count networks; dashed, what is usual of the cause.",
    all: "Of all traffic; dashed, what is usual.",
    requests: "Requests a window.",
    cut: "It goes on longer than is shown."
  },
  lines: {
    title: "What its requests share",
    ask: "Read its lines",
    hint: "The lines are read from LOGS again, which takes a moment.",
    counts: (errors: number, total: number): string =>
      `${many(errors, "error", "errors")} in ${many(total, "request", "requests")} of the cause.`,
    part: "LOGS no longer holds all of them, or there are more than are read at once.",
    gone: "LOGS holds none of its lines any more.",
    statuses: "Status",
    urls: "URLs",
    clients: "Clients",
    networks: "Networks",
    agents: "Agents",
    more: (count: number, isPartial: boolean): string => `${isPartial ? "at least " : ""}${n(count)} more`,
    list: "Lines, errors first",
    filter: "Only lines that contain",
    copy: "Copy these lines",
    copied: "Copied",
    shown: (shown: number, total: number): string => `${n(shown)} of ${many(total, "line", "lines")} are shown.`,
    noMatch: "No line that was read contains it."
  },
  acts: "What people said"
}

export type IncidentWords = typeof incidentsEn
