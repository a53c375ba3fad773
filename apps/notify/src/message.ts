import { type IncidentEvent, incidentSchema, rfc3339 } from "@chaussettes/domain"
import { atOnceBatch, type Batch, batchKey, newestByIncident } from "./batch.ts"
import type { Change } from "./change.ts"
import type { Template, Values } from "./template.ts"
import {
  descriptionOf,
  type Language,
  pageLinkOf,
  shortText,
  shownCauseOf,
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
  readonly tone: "high" | "medium" | "low" | "over"
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
    pageUrl === undefined ? undefined : { words: w.page, url: pageLinkOf(pageUrl, worst.event) }
  const labelled = (change: Change): string =>
    w.labelled(change.severity, w.state[change.state], shownSummaryOf(language, change.event))

  const message: Composer["message"] = (batch, safe = plain) => {
    const listed = newestByIncident(batch)
    const worst = listed[0]!
    const base = {
      link: link(worst),
      tone: toneOf(worst),
      key: batchKey(batch),
      incident: listed.length === 1 ? worst.event.id : undefined
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
      w.labelled(change.severity, w.state[change.state], shownSubjectOf(language, change.event)),
      mostTitleChars
    ),
    text: `${shownSummaryOf(language, change.event)}.\n${descriptionOf(language, change)}`
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

/** What is acknowledged is in somebody's hands. */
const toneOf = ({ severity, state }: Change): Message["tone"] =>
  state === "closed" ? "over" : state === "acknowledged" ? "low" : tones[severity]

const tones = { HIGH: "high", MEDIUM: "medium", LOW: "low" } as const

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
  const worst = listed[0]!
  const { acknowledged, event, severity, state } = worst
  const { cause, certificate } = event
  const count = incidentsIn(batch, listed)
  return {
    heading: own.title,
    list: own.text,
    state: w.state[state],
    severity,
    kind: w.kind[event.kind],
    dimension: cause.dimension,
    key: cause.key === null ? "" : shortText(cause.key, 1_000),
    cause: shownCauseOf(language, event),
    subject: shownSubjectOf(language, event),
    summary: shownSummaryOf(language, event),
    description: descriptionOf(language, worst),
    rate: w.percent(certificate.observed_rate),
    usual: w.percent(certificate.expected_rate),
    opened: event.opened_at,
    last: event.closed_at ?? event.timestamp,
    why: event.closed_why === undefined ? "" : w.why[event.closed_why],
    acknowledged_by: acknowledged === undefined ? "" : shortText(acknowledged.by, 1_000),
    since: batch.heldSinceMs === undefined ? "" : rfc3339(batch.heldSinceMs),
    id: event.id,
    worst_id: event.id,
    page: pageUrl === undefined ? "" : pageLinkOf(pageUrl, event),
    requests: `${event.requests}`,
    errors: `${event.errors}`,
    clients: `${event.clients}`,
    windows: `${event.windows}`,
    alerts: `${event.windows}`,
    count: `${count}`,
    others: `${count - 1}`
  }
}

const sample: IncidentEvent = {
  schema: incidentSchema,
  id: "server-errors.global.20260105T100000Z-10s",
  type: "closed",
  timestamp: "2026-01-05T10:10:00Z",
  dimension: "global",
  kind: "server-errors",
  severity: "MEDIUM",
  message: "A test.",
  cause: { dimension: "global", key: null, keys: [], key_count: 0, share: 1 },
  victims: { network: 0, url: 0, ip: 0 },
  opened_at: "2026-01-05T10:00:00Z",
  closed_at: "2026-01-05T10:10:00Z",
  closed_why: "recovered",
  requests: 100,
  errors: 50,
  clients: 7,
  windows: 60,
  certificate: {
    family: "global.server",
    evidence: 31.4,
    level: 13.1,
    budget_weekly: 0.1,
    budget_total_weekly: 1,
    expected_rate: 0.01,
    observed_rate: 0.5,
    since: "2026-01-05T10:00:00Z",
    learnt_through: null
  }
}

/** For a test of a template: nothing that happened. */
export const sampleBatch: Batch = atOnceBatch([{ state: "closed", seq: 0, event: sample, severity: "MEDIUM" }])
