import { createHash } from "node:crypto"
import { Figures } from "../figures.ts"
import { groupsOf, type ListGroup, methodsOf } from "../lists.ts"
import type { Report } from "../read/read.ts"
import { headlineOf, readingOf, sourceOf, subtitleOf, tilesOf } from "../summary.ts"
import { trafficChart, weekChart } from "./charts.ts"
import { html, Markup, nothing } from "./markup.ts"
import { style } from "./style.ts"
import {
  daysTable,
  incidentsCard,
  latencyCards,
  listCard,
  rejectedTable,
  rowsOpen,
  statusesCard,
  thresholdsCard
} from "./tables.ts"

/** Nothing is loaded and nothing runs: also what got past all escaping would do nothing. */
const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'`

interface Section {
  readonly id: string
  readonly title: string
  readonly content: Markup
}

/** Cards in two columns of about the same height, in which order is kept as far as that goes. */
const inColumns = (cards: ReadonlyArray<readonly [card: Markup, rows: number]>): Markup => {
  const columns = [0, 1].map(() => ({ cards: [] as Array<Markup>, rows: 0 }))
  for (const [card, rows] of cards) {
    const shorter = columns[0]!.rows <= columns[1]!.rows ? columns[0]! : columns[1]!
    shorter.cards.push(card)
    shorter.rows += rows
  }
  return html`<div class="cards">${columns.map(({ cards }) => html`<div>${cards}</div>`)}</div>`
}

/** Heading, note and what opens further rows take so many rows themselves. */
const rowsAround = 4

const listCards = (lists: ListGroup["lists"], report: Report, figures: Figures) =>
  lists.map(
    (list) => [listCard(list, report, figures), Math.min(rowsOpen, list.listing.rows.length) + rowsAround] as const
  )

const sectionsOf = (report: Report, figures: Figures): ReadonlyArray<Section> => {
  const { words } = figures
  const { contents } = report
  const reading = {
    id: "reading",
    title: words.reading.title,
    content: html`<div class="card reading"><ul>${readingOf(report, figures).map((line) => html`<li>${line}</li>`)}</ul>${rejectedTable(report, figures)}</div>`
  }
  if (contents.requests === 0) return [reading]
  return [
    {
      id: "traffic",
      title: words.traffic.title,
      content: html`<div class="card">${trafficChart(report, figures)}</div>${daysTable(report, figures)}`
    },
    { id: "incidents", title: words.incidents.title, content: incidentsCard(report, figures) },
    { id: "thresholds", title: words.thresholds.title, content: thresholdsCard(report, figures) },
    ...groupsOf(contents).map((group) => ({
      id: group.id,
      title: words.groups[group.id],
      content: html`${inColumns(listCards(group.lists, report, figures))}${
        group.id === "referrers"
          ? html`<p class="note">${words.direct(figures.count(contents.direct), figures.share(contents.direct, contents.requests))}</p>`
          : nothing
      }`
    })),
    {
      id: "statuses",
      title: words.statuses.title,
      content: inColumns([
        [statusesCard(words.statuses.title, contents.statuses, figures), contents.statuses.length / 2 + rowsAround],
        ...(contents.upstream.length === 0
          ? []
          : [
              [
                statusesCard(words.statuses.upstream, contents.upstream, figures),
                contents.upstream.length / 2 + rowsAround
              ] as const
            ]),
        ...listCards([methodsOf(contents)], report, figures)
      ])
    },
    { id: "hours", title: words.hours.title, content: weekChart(report, figures) },
    { id: "latency", title: words.latency.title, content: latencyCards(report, figures) },
    reading
  ]
}

/** The report as one HTML document that needs nothing else. */
export const pageOf = (report: Report): string => {
  const figures = new Figures(report)
  const { words, language } = figures
  const sections = sectionsOf(report, figures)
  const tiles = tilesOf(report, figures).map(
    ({ label, value, note, isBad }) =>
      html`<div><dt>${label}</dt><dd class="${isBad ? "bad" : ""}">${value}</dd>${note === undefined ? nothing : html`<dd class="note">${note}</dd>`}</div>`
  )
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${words.title} – ${sourceOf(report, figures)}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<div class="page">
<header>
<h1>${words.title}</h1>
<p class="sub">${subtitleOf(report, figures)}</p>
<p class="headline${report.incidents.count > 0 ? " bad" : ""}">${headlineOf(report, figures)}</p>
<nav aria-label="${words.contents}"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main>
${report.contents.requests === 0 ? nothing : html`<dl class="tiles">${tiles}</dl>`}
${sections.map(
  ({ id, title, content }) => html`<h2 id="${id}">${title}</h2>
${content}
`
)}
</main>
<footer>${words.madeBy}</footer>
</div>
</body>
</html>
`
  return page.html
}
