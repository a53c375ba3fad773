import { type Incident, rfc3339 } from "@chaussettes/domain"
import { type Batch, batchKey, newestByIncident } from "./batch.ts"
import type { Template, Values } from "./template.ts"
import type { Change } from "./tracker.ts"
import {
  descriptionOf,
  type Language,
  pageLinkOf,
  shortText,
  shownSubjectOf,
  shownSummaryOf,
  wordsOf
} from "./words.ts"

/** What a person reads, before it is made fit for where it is read. */
export interface Message {
  /** One line. */
  readonly title: string
  readonly text: string
  readonly link: { readonly words: string; readonly url: string } | undefined
  readonly tone: "high" | "medium" | "over"
  /** The same for a repetition. */
  readonly key: string
  /** The incident that it is of, where it is of one alone. */
  readonly incident: string | undefined
  /** Whether the text is the operator's own, with such markup as they wrote. */
  readonly isTemplate: boolean
}

export type TextTemplate = Extract<Template, { readonly kind: "text" }>

export interface Composer {
  /** `safe` makes a value harmless within a template's own markup. */
  readonly message: (batch: Batch, safe?: (value: string) => string) => Message
  /** Says that it is a test. */
  readonly test: (nowMs: number, safe?: (value: string) => string) => Message
}

/** Incidents that are listed; the others are counted. */
const mostListed = 10

const mostTitleChars = 250

const plain = (value: string): string => value

/** How batches are put into words. */
export const composer = (options: {
  readonly language: Language
  readonly pageUrl: string | undefined
  readonly template: TextTemplate | undefined
}): Composer => {
  const { language, pageUrl, template } = options
  const w = wordsOf(language)
  const link = (worst: Change) =>
    pageUrl === undefined ? undefined : { words: w.page, url: pageLinkOf(pageUrl, worst.incident) }
  const labelled = (change: Change): string =>
    w.labelled(change.incident.severity, w.state[change.state], shownSummaryOf(language, change.incident))

  const message: Composer["message"] = (batch, safe = plain) => {
    const listed = newestByIncident(batch)
    const worst = listed[0]!
    const base = {
      link: link(worst),
      tone: worst.state === "closed" ? "over" : worst.incident.severity === "HIGH" ? "high" : "medium",
      key: batchKey(batch),
      incident: listed.length === 1 ? worst.incident.id : undefined
    } as const
    const own = listed.length === 1 ? single(worst) : several(batch, listed)
    if (template === undefined) return { ...base, ...own, isTemplate: false }
    return {
      ...base,
      ...templated(template, valuesOf(batch, listed, own, options), safe, own.title),
      isTemplate: true
    }
  }

  const single = (change: Change) => ({
    title: shortText(
      w.labelled(change.incident.severity, w.state[change.state], shownSubjectOf(language, change.incident)),
      mostTitleChars
    ),
    text: `${shownSummaryOf(language, change.incident)}\n${descriptionOf(language, change.incident)}`
  })

  const several = (batch: Batch, listed: ReadonlyArray<Change>) => {
    const count = incidentsIn(batch, listed)
    const heading = w.incidents(count, batch.heldSinceMs, batch.heldFor === "limit")
    const shown = listed.slice(0, mostListed).map(labelled)
    const rest = count - shown.length
    return {
      title: shortText(w.worst(heading, labelled(listed[0]!)), mostTitleChars),
      text: [w.counted(batch.counts), ...shown.map((line) => `- ${line}`), ...(rest > 0 ? [w.others(rest)] : [])].join(
        "\n"
      )
    }
  }

  const test: Composer["test"] = (nowMs, safe = plain) => {
    const own = { title: w.test, text: w.tested }
    const base = {
      link: undefined,
      tone: "over",
      key: `test.${nowMs}`,
      incident: undefined,
      isTemplate: false
    } as const
    if (template === undefined) return { ...base, ...own }
    const values = valuesOf(sampleBatch, sampleBatch.changes, own, options)
    return { ...base, ...templated(template, values, safe, w.test), isTemplate: true }
  }

  return { message, test }
}

/** Incidents of a batch; those that were not kept are counted by their beginnings. */
const incidentsIn = (batch: Batch, listed: ReadonlyArray<Change>): number =>
  Math.max(listed.length, batch.counts.opened)

const templated = (
  template: TextTemplate,
  values: Values,
  safe: (value: string) => string,
  usualTitle: string
): Pick<Message, "title" | "text"> => {
  // The title is plain text wherever it stands, and one line.
  const title = template.title === undefined ? "" : shortText(template.title(values, plain).trim(), mostTitleChars)
  const text = template.text(values, safe).trim()
  // A field may be empty, and some receivers take no empty text.
  return { title: title === "" ? usualTitle : title, text: text === "" ? safe(usualTitle) : text }
}

/** The fields of templates. */
export const valuesOf = (
  batch: Batch,
  listed: ReadonlyArray<Change>,
  own: { readonly title: string; readonly text: string },
  options: { readonly language: Language; readonly pageUrl: string | undefined }
): Values => {
  const { language, pageUrl } = options
  const w = wordsOf(language)
  const { incident, state } = listed[0]!
  const count = incidentsIn(batch, listed)
  return {
    heading: own.title,
    list: own.text,
    state: w.state[state],
    severity: incident.severity,
    dimension: incident.dimension,
    key: incident.key === null ? "" : shortText(incident.key, 1_000),
    subject: shownSubjectOf(language, incident),
    summary: shownSummaryOf(language, incident),
    description: descriptionOf(language, incident),
    rate: w.percent(incident.errors / incident.requests),
    opened: rfc3339(incident.openedMs),
    last: rfc3339(incident.lastMs),
    since: batch.heldSinceMs === undefined ? "" : rfc3339(batch.heldSinceMs),
    id: incident.id,
    worst_id: incident.worstId,
    page: pageUrl === undefined ? "" : pageLinkOf(pageUrl, incident),
    requests: `${incident.requests}`,
    errors: `${incident.errors}`,
    alerts: `${incident.alerts}`,
    count: `${count}`,
    others: `${count - 1}`
  }
}

const sample: Incident = {
  id: "global.20260105T100000Z-10s",
  dimension: "global",
  key: null,
  openedMs: Date.UTC(2026, 0, 5, 10),
  lastMs: Date.UTC(2026, 0, 5, 10, 0, 10),
  open: false,
  alerts: 1,
  requests: 100,
  errors: 50,
  severity: "MEDIUM",
  worstId: "global.20260105T100000Z-10s",
  worstRate: 0.5,
  lastId: "global.20260105T100000Z-10s"
}

/** For a test of a template: nothing that happened. */
export const sampleBatch: Batch = {
  changes: [{ state: "closed", incident: sample }],
  counts: { opened: 0, escalated: 0, closed: 1 },
  heldSinceMs: undefined,
  heldFor: undefined
}
