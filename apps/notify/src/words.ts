import {
  type CauseDimension,
  type ClosedWhy,
  type IncidentEvent,
  type IncidentKind,
  type IncidentSeverity,
  percent,
  percentInFrench,
  seconds,
  visibleText
} from "@chaussettes/domain"
import type { Counts } from "./batch.ts"
import type { Change, ChangeState } from "./change.ts"

/** What is said of incidents, in one place for all receivers. */

export type Language = "en" | "fr"

/** Of a URL as much as a person reads: a client decides how long it is. */
const mostKeyChars = 200

/** A text with at most so many characters, not cut within one. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`

/** A text with at most so many characters, on one line, in which nothing acts on what shows it. */
export const shortText = (text: string, most: number): string => cut(visibleText(text), most)

/** `14:05 UTC` */
const hourOf = (ms: number): string => `${new Date(ms).toISOString().slice(11, 16)} UTC`

type Victims = { readonly [dimension in Exclude<CauseDimension, "global">]: number }

type ErrorKind = "client-errors" | "server-errors"

interface Words {
  /** A cause with its key; `global` for all traffic, or for a virtual host of groups that an earlier version told. */
  readonly cause: { readonly [dimension in CauseDimension]: (key: string) => string }
  readonly allTraffic: string
  readonly andOthers: (cause: string, dimension: CauseDimension, others: number) => string
  readonly kind: { readonly [kind in IncidentKind]: string }
  readonly topic: (cause: string, kind: string) => string
  readonly percent: (rate: number) => string
  readonly failed: (cause: string, errors: number, kind: ErrorKind, rate: string, usual: string | undefined) => string
  /** Request times are in microseconds. */
  readonly slow: (cause: string, p95Us: number, usualUs: number, requests: number) => string
  readonly silence: string
  readonly drop: (requests: number, since: string) => string
  /** `of` is the client or URL that most of them are of. */
  readonly spike: (of: string | undefined, dimension: CauseDimension, requests: number, since: string) => string
  readonly since: (opened: string) => string
  readonly over: (opened: string, closed: string, why: string) => string
  readonly why: { readonly [why in ClosedWhy]: string }
  readonly affected: (victims: Victims, clients: number) => string | undefined
  readonly acknowledgedBy: (who: string, at: string) => string
  readonly state: { readonly [state in ChangeState]: string }
  /** What happened, and then to whom or how much. */
  readonly labelled: (severity: IncidentSeverity, state: string, what: string) => string
  readonly incidents: (count: number, sinceMs: number | undefined, isMore: boolean) => string
  readonly counted: (counts: Counts) => string
  readonly worst: (heading: string, what: string) => string
  readonly others: (count: number) => string
  readonly page: string
  readonly test: string
  readonly tested: string
}

const plural = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`
const listed = (parts: ReadonlyArray<string>, and: string): string | undefined =>
  parts.length < 2 ? parts[0] : `${parts.slice(0, -1).join(", ")} ${and} ${parts.at(-1)}`

const en: Words = {
  cause: {
    global: (key) => `All traffic of ${key}`,
    network: (key) => `Network ${key}`,
    url: (key) => `URL ${key}`,
    ip: (key) => `Client ${key}`
  },
  allTraffic: "All traffic",
  andOthers: (cause, dimension, others) => {
    const names = {
      global: ["", ""],
      network: ["network", "networks"],
      url: ["URL", "URLs"],
      ip: ["client", "clients"]
    }
    const [one, more] = names[dimension] as [string, string]
    return `${cause} and ${plural(others, `more ${one}`, `more ${more}`)}`
  },
  kind: {
    "client-errors": "client errors (4xx)",
    "server-errors": "server errors (5xx)",
    silence: "no requests",
    drop: "too few requests",
    spike: "too many requests",
    latency: "slow requests"
  },
  topic: (cause, kind) => `${cause}, ${kind}`,
  percent,
  failed: (cause, errors, kind, rate, usual) =>
    `${cause}: ${plural(errors, "request", "requests")} failed with ${en.kind[kind]}, ${rate}${usual === undefined ? "" : ` where ${usual} is usual`}`,
  slow: (cause, p95, usual, requests) =>
    `${cause}: p95 is ${seconds(p95)} where ${seconds(usual)} is usual, ${plural(requests, "request", "requests")}`,
  silence: "No requests, where far more were expected at this hour",
  drop: (requests, since) => `Too few requests: ${requests} since ${since}`,
  spike: (of, dimension, requests, since) =>
    `Too many requests${of === undefined ? "" : `, most of them ${dimension === "url" ? "to" : "from"} ${of}`}: ${requests} since ${since}`,
  since: (opened) => `Since ${opened}.`,
  over: (opened, closed, why) => `From ${opened} to ${closed}: ${why}.`,
  why: {
    recovered: "everything is as usual again",
    quiet: "no more errors have come",
    accepted: "it has lasted so long that it is taken for normal",
    merged: "another open incident explains it",
    forgotten: "the detector has lost track of it, and opens another incident if the trouble goes on",
    withdrawn: "its requests arrived later"
  },
  affected: ({ network, url, ip }, clients) => {
    const parts = [
      ...(Math.max(ip, clients) === 0 ? [] : [plural(Math.max(ip, clients), "client", "clients")]),
      ...(network === 0 ? [] : [plural(network, "network", "networks")]),
      ...(url === 0 ? [] : [plural(url, "URL", "URLs")])
    ]
    return parts.length === 0 ? undefined : `Affected: ${listed(parts, "and")}.`
  },
  acknowledgedBy: (who, at) => `Acknowledged by ${who} at ${at}.`,
  state: {
    opened: "opened",
    grew: "worse",
    "changed-cause": "has another cause",
    acknowledged: "acknowledged",
    closed: "over"
  },
  labelled: (severity, state, what) => `${severity} ${state}: ${what}`,
  incidents: (count, sinceMs, isMore) =>
    `${count} ${isMore ? "more " : ""}${count === 1 ? "incident" : "incidents"}${sinceMs === undefined ? "" : ` since ${hourOf(sinceMs)}`}`,
  counted: (counts) =>
    `${[
      `${counts.opened} opened`,
      ...(counts.grew === 0 ? [] : [`${counts.grew} worse`]),
      ...(counts["changed-cause"] === 0 ? [] : [`${counts["changed-cause"]} with another cause`]),
      ...(counts.acknowledged === 0 ? [] : [`${counts.acknowledged} acknowledged`]),
      `${counts.closed} over`
    ].join(", ")}.`,
  worst: (heading, what) => `${heading}, the worst: ${what}`,
  others: (count) => `and ${plural(count, "other", "others")}`,
  page: "Open the page",
  test: "Test message from Chaussettes",
  tested: "Notifications of incidents will arrive here."
}

/** Zero is singular, too. */
const pluriel = (count: number, one: string, more: string): string => `${count} ${count < 2 ? one : more}`

const severitiesInFrench = { LOW: "faible", MEDIUM: "moyenne", HIGH: "haute" } as const

const fr: Words = {
  cause: {
    global: (key) => `Tout le trafic de ${key}`,
    network: (key) => `Réseau ${key}`,
    url: (key) => `URL ${key}`,
    ip: (key) => `Client ${key}`
  },
  allTraffic: "Tout le trafic",
  andOthers: (cause, dimension, others) => {
    const names = {
      global: ["", ""],
      network: ["autre réseau", "autres réseaux"],
      url: ["autre URL", "autres URL"],
      ip: ["autre client", "autres clients"]
    }
    const [one, more] = names[dimension] as [string, string]
    return `${cause} et ${pluriel(others, one, more)}`
  },
  kind: {
    "client-errors": "erreurs client (4xx)",
    "server-errors": "erreurs serveur (5xx)",
    silence: "aucune requête",
    drop: "trop peu de requêtes",
    spike: "trop de requêtes",
    latency: "requêtes lentes"
  },
  topic: (cause, kind) => `${cause}, ${kind}`,
  percent: percentInFrench,
  failed: (cause, errors, kind, rate, usual) =>
    `${cause}\u00a0: ${pluriel(errors, "requête", "requêtes")} en erreur ${kind === "server-errors" ? "serveur (5xx)" : "client (4xx)"}, soit ${rate}${usual === undefined ? "" : ` contre ${usual} d’ordinaire`}`,
  slow: (cause, p95, usual, requests) =>
    `${cause}\u00a0: p95 à ${seconds(p95).replace(".", ",")} contre ${seconds(usual).replace(".", ",")} d’ordinaire, ${pluriel(requests, "requête", "requêtes")}`,
  silence: "Aucune requête, alors que bien plus étaient attendues à cette heure",
  drop: (requests, since) => `Trop peu de requêtes\u00a0: ${requests} depuis ${since}`,
  spike: (of, dimension, requests, since) =>
    `Trop de requêtes${of === undefined ? "" : `, la plupart ${dimension === "url" ? "vers" : "de"} ${of}`}\u00a0: ${requests} depuis ${since}`,
  since: (opened) => `Depuis ${opened}.`,
  over: (opened, closed, why) => `De ${opened} à ${closed}\u00a0: ${why}.`,
  why: {
    recovered: "tout est redevenu normal",
    quiet: "il n’y a plus eu d’erreur",
    accepted: "il dure depuis si longtemps qu’il est tenu pour normal",
    merged: "un autre incident ouvert l’explique",
    forgotten: "le détecteur en a perdu la trace, et ouvrira un autre incident si le trouble continue",
    withdrawn: "ses requêtes sont arrivées plus tard"
  },
  affected: ({ network, url, ip }, clients) => {
    const parts = [
      ...(Math.max(ip, clients) === 0 ? [] : [pluriel(Math.max(ip, clients), "client", "clients")]),
      ...(network === 0 ? [] : [pluriel(network, "réseau", "réseaux")]),
      ...(url === 0 ? [] : [pluriel(url, "URL", "URL")])
    ]
    return parts.length === 0 ? undefined : `Touchés\u00a0: ${listed(parts, "et")}.`
  },
  acknowledgedBy: (who, at) => `Pris en charge par ${who} à ${at}.`,
  state: {
    opened: "ouvert",
    grew: "aggravé",
    "changed-cause": "attribué à une autre cause",
    acknowledged: "pris en charge",
    closed: "terminé"
  },
  labelled: (severity, state, what) => `Incident ${state} (gravité ${severitiesInFrench[severity]})\u00a0: ${what}`,
  incidents: (count, sinceMs, isMore) =>
    `${pluriel(count, "incident", "incidents")}${isMore ? " de plus" : ""}${sinceMs === undefined ? "" : ` depuis ${hourOf(sinceMs)}`}`,
  counted: (counts) =>
    `${[
      pluriel(counts.opened, "ouvert", "ouverts"),
      ...(counts.grew === 0 ? [] : [pluriel(counts.grew, "aggravé", "aggravés")]),
      ...(counts["changed-cause"] === 0
        ? []
        : [pluriel(counts["changed-cause"], "attribué à une autre cause", "attribués à une autre cause")]),
      ...(counts.acknowledged === 0 ? [] : [`${counts.acknowledged} pris en charge`]),
      pluriel(counts.closed, "terminé", "terminés")
    ].join(", ")}.`,
  worst: (heading, what) => `${heading}, dont le pire\u00a0: ${what}`,
  others: (count) => `et ${pluriel(count, "autre", "autres")}`,
  page: "Ouvrir la page",
  test: "Message d’essai de Chaussettes",
  tested: "Les notifications d’incidents arriveront ici."
}

export const wordsOf = (language: Language): Words => (language === "fr" ? fr : en)

/** How a key stands in a sentence: as it is for a program, short and harmless for a person's eyes. */
type Shown = (key: string) => string
const asItIs: Shown = (key) => key
const short: Shown = (key) => shortText(key, mostKeyChars)

const causeOf = (language: Language, { cause: { dimension, key, key_count } }: IncidentEvent, shown: Shown): string => {
  const w = wordsOf(language)
  if (key === null) return w.allTraffic
  const first = w.cause[dimension](shown(key))
  return key_count < 2 ? first : w.andOthers(first, dimension, key_count - 1)
}

const summary = (language: Language, event: IncidentEvent, shown: Shown): string => {
  const w = wordsOf(language)
  const { certificate, errors, kind, opened_at, requests } = event
  const { key } = event.cause
  const cause = causeOf(language, event, shown)
  switch (kind) {
    case "silence":
      return w.silence
    case "drop":
      return w.drop(requests, opened_at)
    case "spike":
      return w.spike(key === null ? undefined : shown(key), event.cause.dimension, requests, opened_at)
    case "latency":
      return w.slow(cause, event.latency?.p95_us ?? 0, event.latency?.usual_p95_us ?? 0, requests)
    default: {
      const usual = certificate.expected_rate > 0 ? w.percent(certificate.expected_rate) : undefined
      return w.failed(cause, errors, kind, w.percent(certificate.observed_rate), usual)
    }
  }
}

/** `URL /checkout: 34 requests failed with server errors (5xx), 68.0 % where 0.4 % is usual` */
export const summaryOf = (language: Language, event: IncidentEvent): string => summary(language, event, asItIs)
export const shownSummaryOf = (language: Language, event: IncidentEvent): string => summary(language, event, short)

/** What a person has to know of it first: the cause, and what is wrong with it. */
export const shownSubjectOf = (language: Language, event: IncidentEvent): string => {
  const w = wordsOf(language)
  return w.topic(causeOf(language, event, short), w.kind[event.kind])
}

export const shownCauseOf = (language: Language, event: IncidentEvent): string => causeOf(language, event, short)

/** Since when, to when and why, who is hurt, and who takes care of it. */
export const descriptionOf = (language: Language, { event, acknowledged }: Change): string => {
  const w = wordsOf(language)
  const { closed_at, closed_why, opened_at } = event
  const parts = [
    closed_at === undefined ? w.since(opened_at) : w.over(opened_at, closed_at, w.why[closed_why ?? "recovered"]),
    w.affected(event.victims, event.cause.dimension === "ip" ? 0 : event.clients),
    acknowledged === undefined
      ? undefined
      : w.acknowledgedBy(shortText(acknowledged.by, mostNameChars), acknowledged.at)
  ]
  return parts.filter((part) => part !== undefined).join(" ")
}

const mostNameChars = 100

/** The page's view of the incident. */
export const pageLinkOf = (pageUrl: string, { id }: IncidentEvent): string =>
  `${pageUrl.replace(/\/+$/, "")}/incidents/${encodeURIComponent(id)}`
