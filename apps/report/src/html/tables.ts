import {
  isClientError,
  isServerError,
  type Listed,
  quantileOf,
  rejectReasons,
  type Statuses
} from "@chaussettes/domain"
import { daysOf } from "../course.ts"
import type { Figures } from "../figures.ts"
import { latencySteps, quantiles } from "../latency.ts"
import { type Column, kindOf, measureOf, type ReportList } from "../lists.ts"
import type { Report } from "../read/read.ts"
import { causeText, hasErrors, kindText, suggestionText, thresholdText } from "../summary.ts"
import { html, type Markup, nothing } from "./markup.ts"

/** Rows that stand open, and all that a list has in the page. */
export const rowsOpen = 10
const mostRows = 50
/** Days of a year. */
const mostDays = 366

const widthClass = (n: number, most: number): string => `w${most <= 0 ? 0 : Math.min(100, Math.ceil((n / most) * 100))}`

/** A number that is dim where it is 0. */
const numberCell = (n: number, text: string, isBad = false): Markup =>
  html`<td class="${n === 0 ? "z" : isBad ? "bad" : ""}">${text}</td>`

const keyCell = (text: string, n: number, most: number): Markup =>
  html`<th scope="row"><span class="key"><i class="${widthClass(n, most)}"></i><span>${text}</span></span></th>`

const cellOf = (row: Listed, column: Column, isExact: boolean, figures: Figures): Markup => {
  switch (column) {
    case "clientErrors":
    case "notFound":
      return numberCell(row[column], figures.counted(row[column], isExact))
    case "serverErrors":
      return numberCell(row.serverErrors, figures.counted(row.serverErrors, isExact), true)
    case "bytes":
      return numberCell(row.bytes, figures.bytes(row.bytes))
    case "mean":
      return html`<td>${row.meanUs === undefined ? "–" : figures.latency(row.meanUs)}</td>`
    case "kind": {
      const kind = kindOf(row)
      return html`<td class="dim s">${kind === undefined || kind === "other" || kind === "none" ? "" : figures.words.kinds[kind]}</td>`
    }
  }
}

const nameOf = (row: Listed, figures: Figures): string => {
  const { kinds } = figures.words
  const kind = kindOf(row)
  return kind !== undefined && row.key === kind ? kinds[kind] : row.key === "-" ? kinds.none : figures.key(row.key)
}

const tableOf = (caption: string, head: ReadonlyArray<Markup>, rows: ReadonlyArray<Markup>): Markup =>
  html`<table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>`

/** One that may be wider than a phone: it is moved aside, by the keyboard, too. */
const wideTable = (caption: string, head: ReadonlyArray<Markup>, rows: ReadonlyArray<Markup>): Markup =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">${tableOf(caption, head, rows)}</div>`

const heading = (text: string, className = ""): Markup => html`<th scope="col" class="${className}">${text}</th>`

/** A list with its first rows open, and the further ones a click away, which wants no script. */
export const listCard = ({ name, listing, columns, measure }: ReportList, report: Report, figures: Figures): Markup => {
  const { lists, columns: words, none, more, rest } = figures.words
  const { title, key, note } = lists[name]
  const rows = listing.rows.slice(0, mostRows)
  const most = rows[0] === undefined ? 0 : measureOf(rows[0], measure)
  const whole = report.contents.requests
  const head = [heading(key), heading(words.requests), heading(words.share, "s")]
  for (const column of columns) head.push(heading(words[column], column === "kind" ? "s" : ""))
  const rowOf = (row: Listed): Markup =>
    html`<tr>${keyCell(nameOf(row, figures), measureOf(row, measure), most)}<td>${figures.counted(row.requests, listing.isExact)}</td><td class="dim s">${figures.share(row.requests, whole)}</td>${columns.map((column) => cellOf(row, column, listing.isExact, figures))}</tr>`
  const [open, further] = [rows.slice(0, rowsOpen), rows.slice(rowsOpen)]
  const about = [
    ...(note === undefined ? [] : [note]),
    ...(listing.keys > rows.length && rows.length > 0 ? [rest(figures.count(rows.length), figures.keys(listing))] : [])
  ].join(" ")
  const body =
    rows.length === 0
      ? html`<p class="note">${none}</p>`
      : html`${tableOf(title, head, open.map(rowOf))}${
          further.length === 0
            ? nothing
            : html`<details><summary>${more(figures.count(further.length))}</summary>${tableOf(title, head, further.map(rowOf))}</details>`
        }`
  return html`<section class="card"><h3>${title}</h3>${about === "" ? nothing : html`<p class="note">${about}</p>`}${body}</section>`
}

export const daysTable = (report: Report, figures: Figures): Markup => {
  const { traffic, columns: words } = figures.words
  const days = daysOf(report.contents, report.zone)
  const shown = days.slice(-mostDays)
  const most = Math.max(0, ...shown.map(({ requests }) => requests))
  const head = [words.requests, words.visitors, words.clientErrors, words.serverErrors, words.bytes].map((text) =>
    heading(text)
  )
  const rows = shown.map(
    (day) =>
      html`<tr>${keyCell(figures.day(day.day), day.requests, most)}<td>${figures.count(day.requests)}</td><td>${figures.counted(day.visitors, report.contents.visitors.isExact)}</td>${numberCell(day.clientErrors, figures.count(day.clientErrors))}${numberCell(day.serverErrors, figures.count(day.serverErrors), true)}${numberCell(day.bytes, figures.bytes(day.bytes))}</tr>`
  )
  const whole = wideTable(traffic.byDay, [heading(traffic.day), ...head], rows)
  return shown.length <= rowsOpen
    ? html`<div class="card"><h3>${traffic.byDay}</h3>${whole}</div>`
    : html`<div class="card"><h3>${traffic.byDay}</h3><details><summary>${figures.count(shown.length)}</summary>${whole}</details></div>`
}

export const incidentsCard = ({ incidents }: Report, figures: Figures): Markup => {
  const { incidents: words } = figures.words
  if (incidents.rows.length === 0) return html`<div class="card"><p>${words.none}</p></div>`
  const head = [
    heading(words.since),
    heading(words.lasted, "l"),
    heading(words.cause, "l"),
    heading(words.failed, "l"),
    heading(words.kind, "l")
  ]
  const rowOf = (incident: Report["incidents"]["rows"][number]): Markup => {
    const { openedMs, lastMs, errors, requests, severity, open } = incident
    const failed = hasErrors(incident)
      ? html`${figures.count(errors)} / ${figures.count(requests)} <span class="dim">${figures.share(errors, requests)}</span>`
      : html`<span class="dim">0 / ${figures.count(requests)}</span>`
    return html`<tr class="line"><td>${figures.minute(openedMs)}</td><td class="l">${figures.span(lastMs - openedMs)}${open ? html`<br><span class="note">${words.ongoing}</span>` : nothing}</td><td class="wrap">${causeText(incident, figures)}</td><td class="${severity === "HIGH" ? "l bad" : "l"}">${failed}</td><td class="wrap">${kindText(incident, figures)}</td></tr>`
  }
  const [open, further] = [incidents.rows.slice(0, rowsOpen), incidents.rows.slice(rowsOpen)]
  const unlisted = incidents.count - incidents.rows.length
  return html`<div class="card"><p class="note">${words.note}</p>${wideTable(words.title, head, open.map(rowOf))}${
    further.length === 0
      ? nothing
      : html`<details><summary>${figures.words.more(figures.count(further.length))}</summary>${wideTable(words.title, head, further.map(rowOf))}</details>`
  }${unlisted > 0 ? html`<p class="note">${words.more(figures.count(unlisted))}</p>` : nothing}</div>`
}

export const thresholdsCard = (report: Report, figures: Figures): Markup => {
  const { thresholds: words, subjects } = figures.words
  const head = [words.dimension, words.inForce, words.suggested].map((text) => heading(text, "l"))
  const rows = report.thresholds.map(
    (suited) =>
      html`<tr class="line"><td>${subjects[suited.dimension]}</td><td class="wrap">${thresholdText(suited.inForce, figures)}</td><td class="wrap${suited.suggested._tag === "Refused" ? " dim" : ""}">${suggestionText(suited, figures)}</td></tr>`
  )
  return html`<div class="card"><p class="note">${words.note}</p>${wideTable(words.title, head, rows)}</div>`
}

export const statusesCard = (title: string, statuses: Statuses, figures: Figures): Markup => {
  const { columns: words, statuses: own } = figures.words
  const pairs: Array<readonly [status: number, n: number]> = []
  for (let i = 0; i < statuses.length; i += 2) pairs.push([statuses[i]!, statuses[i + 1]!])
  const whole = pairs.reduce((sum, [, n]) => sum + n, 0)
  const most = Math.max(0, ...pairs.map(([, n]) => n))
  const rows = pairs.map(([status, n]) => {
    const name = `${status === 0 ? own.noAnswer : status} ${figures.words.statusText(status)}`.trim()
    const isBad = isServerError(status)
    return html`<tr>${keyCell(name, n, most)}<td class="${isBad ? "bad" : isClientError(status) ? "" : ""}">${figures.count(n)}</td><td class="dim">${figures.share(n, whole)}</td></tr>`
  })
  const head = [words.status, words.requests, words.share].map((text) => heading(text))
  return html`<section class="card"><h3>${title}</h3>${tableOf(title, head, rows)}</section>`
}

export const latencyCards = ({ contents }: Report, figures: Figures): Markup => {
  const { latency: words, columns } = figures.words
  const { durations } = contents
  if (durations === undefined) return html`<div class="card"><p class="note">${words.none}</p></div>`
  const steps = latencySteps(durations)
  const most = Math.max(0, ...steps.map(({ requests }) => requests))
  const rows = steps.map(
    ({ fromUs, toUs, requests }) =>
      html`<tr>${keyCell(`${figures.latency(fromUs)} – ${toUs === Number.POSITIVE_INFINITY ? "∞" : figures.latency(toUs)}`, requests, most)}<td>${figures.count(requests)}</td><td class="dim">${figures.share(requests, durations.count)}</td></tr>`
  )
  const figuresOf = [
    ...quantiles.map((percent) => [words.quantile(percent), quantileOf(durations, percent / 100)] as const),
    [words.mean, durations.sum / durations.count] as const
  ].map(([name, us]) => html`<tr class="line"><td>${name}</td><td>${figures.latency(us)}</td></tr>`)
  const head = [heading(words.chart), heading(columns.requests), heading(columns.share)]
  return html`<div class="cards"><section class="card"><p class="note">${words.count(figures.count(durations.count))}</p><table><caption>${words.title}</caption><tbody>${figuresOf}</tbody></table></section><section class="card">${tableOf(words.chart, head, rows)}</section></div>`
}

export const rejectedTable = ({ contents }: Report, figures: Figures): Markup => {
  const { reading, reasons, columns } = figures.words
  const rows = rejectReasons.flatMap((reason) => {
    const n = contents.rejected[reason] ?? 0
    return n === 0
      ? []
      : [html`<tr class="line"><td class="wrap">${reasons[reason]}</td><td>${figures.count(n)}</td></tr>`]
  })
  return rows.length === 0
    ? nothing
    : tableOf(reading.reason, [heading(reading.reason), heading(columns.requests)], rows)
}
