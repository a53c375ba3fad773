import {
  type Dimension,
  everyDimension,
  type Incident,
  percent,
  percentInFrench,
  rfc3339,
  type Severity,
  visibleText
} from "@chaussettes/domain"
import type { Counts } from "./batch.ts"
import type { ChangeState } from "./tracker.ts"

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

interface Words {
  readonly subject: { readonly [dimension in Dimension]: string }
  readonly percent: (rate: number) => string
  readonly failed: (subject: string, errors: number, requests: number, rate: string) => string
  readonly described: (alerts: number, from: string, to: string, rate: string, id: string) => string
  readonly state: { readonly [state in ChangeState]: string }
  /** What happened, and then to whom or how much. */
  readonly labelled: (severity: Severity, state: string, what: string) => string
  readonly incidents: (count: number, sinceMs: number | undefined, isMore: boolean) => string
  readonly counted: (counts: Counts) => string
  readonly worst: (heading: string, what: string) => string
  readonly others: (count: number) => string
  readonly page: string
  readonly test: string
  readonly tested: string
}

const plural = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`

const en: Words = {
  subject: everyDimension(({ words }) => words.en.alert),
  percent,
  failed: (subject, errors, requests, rate) => `${subject}: ${errors} of ${requests} requests failed (${rate})`,
  described: (alerts, from, to, rate, id) =>
    `${plural(alerts, "alert", "alerts")} in windows from ${from} to ${to}, the worst with ${rate} errors. To see the lines: chaussettes explain ${id}`,
  state: { opened: "opened", escalated: "escalated", closed: "over" },
  labelled: (severity, state, what) => `${severity} ${state}: ${what}`,
  incidents: (count, sinceMs, isMore) =>
    `${count} ${isMore ? "more " : ""}${count === 1 ? "incident" : "incidents"}${sinceMs === undefined ? "" : ` since ${hourOf(sinceMs)}`}`,
  counted: ({ opened, escalated, closed }) => `${opened} opened, ${escalated} escalated, ${closed} over.`,
  worst: (heading, what) => `${heading}, the worst: ${what}`,
  others: (count) => `and ${plural(count, "other", "others")}`,
  page: "Open the page",
  test: "Test message from Chaussettes",
  tested: "Notifications of incidents will arrive here."
}

/** Zero is singular, too. */
const pluriel = (count: number, one: string, more: string): string => `${count} ${count < 2 ? one : more}`

const fr: Words = {
  subject: everyDimension(({ words }) => words.fr.alert),
  percent: percentInFrench,
  failed: (subject, errors, requests, rate) =>
    `${subject}\u00a0: ${pluriel(errors, "requête", "requêtes")} sur ${requests} en erreur (${rate})`,
  described: (alerts, from, to, rate, id) =>
    `${pluriel(alerts, "alerte", "alertes")} dans les fenêtres du ${from} au ${to}, la pire avec ${rate} d’erreurs. Les lignes en cause\u00a0: chaussettes explain ${id}`,
  state: { opened: "ouvert", escalated: "aggravé", closed: "terminé" },
  labelled: (severity, state, what) =>
    `Incident ${state} (gravité ${severity === "HIGH" ? "haute" : "moyenne"})\u00a0: ${what}`,
  incidents: (count, sinceMs, isMore) =>
    `${pluriel(count, "incident", "incidents")}${isMore ? " de plus" : ""}${sinceMs === undefined ? "" : ` depuis ${hourOf(sinceMs)}`}`,
  counted: ({ opened, escalated, closed }) =>
    `${pluriel(opened, "ouvert", "ouverts")}, ${pluriel(escalated, "aggravé", "aggravés")}, ${pluriel(closed, "terminé", "terminés")}.`,
  worst: (heading, what) => `${heading}, dont le pire\u00a0: ${what}`,
  others: (count) => `et ${pluriel(count, "autre", "autres")}`,
  page: "Ouvrir la page",
  test: "Message d’essai de Chaussettes",
  tested: "Les notifications d’incidents arriveront ici."
}

export const wordsOf = (language: Language): Words => (language === "fr" ? fr : en)

const subjectOf = (language: Language, { dimension, key }: Incident, most = Number.POSITIVE_INFINITY): string =>
  `${wordsOf(language).subject[dimension]}${key === null ? "" : most === Number.POSITIVE_INFINITY ? key : shortText(key, most)}`

const failedOf = (language: Language, incident: Incident, subject: string): string => {
  const w = wordsOf(language)
  return w.failed(subject, incident.errors, incident.requests, w.percent(incident.errors / incident.requests))
}

/** `IP 10.0.0.1: 34 of 50 requests failed (68.0 %)` */
export const summaryOf = (language: Language, incident: Incident): string =>
  failedOf(language, incident, subjectOf(language, incident))

/** The same for a person's eyes: nothing in it acts, and it is short. */
export const shownSubjectOf = (language: Language, incident: Incident): string =>
  subjectOf(language, incident, mostKeyChars)

export const shownSummaryOf = (language: Language, incident: Incident): string =>
  failedOf(language, incident, shownSubjectOf(language, incident))

export const descriptionOf = (language: Language, incident: Incident): string => {
  const w = wordsOf(language)
  const [from, to] = [rfc3339(incident.openedMs), rfc3339(incident.lastMs)]
  return w.described(incident.alerts, from, to, w.percent(incident.worstRate), incident.worstId)
}

/** The page's view of the incident. */
export const pageLinkOf = (pageUrl: string, incident: Incident): string =>
  `${pageUrl.replace(/\/+$/, "")}/alerts/${encodeURIComponent(incident.id)}`
