import { type Bar, type Bars, barsOf, ticksOf, weekOf } from "../course.ts"
import type { Figures } from "../figures.ts"
import type { Report } from "../read/read.ts"
import type { Zone } from "../zone.ts"
import { html, type Markup, nothing } from "./markup.ts"

/** Charts are drawn in these units and stretched to the width of the page; words stand beside them, as text. */
const width = 1_000
const height = 100
/** Of a bar's place, between it and the next. */
const gap = 0.22
/** Of the width: a label with less would be cut. */
const leastRoom = 0.09

interface Layer {
  readonly name: "a" | "b" | "c" | "e"
  readonly of: (bar: Bar) => number
}

/** 4,130 → 5,000: the top of a scale that reads well. */
const roundTop = (most: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most)))
  return power * ([1, 1.5, 2, 3, 4, 5, 7.5, 10].find((n) => n * power >= most) ?? 10)
}

const rounded = (n: number): string => `${Math.round(n * 10) / 10}`

/** The layers stacked, the first one lowest; each bar with what it stands for. */
const stacked = ({ bars }: Bars, layers: ReadonlyArray<Layer>, most: number, titleOf: (bar: Bar) => string): Markup => {
  const step = width / bars.length
  const drawn = bars.flatMap((bar, i) => {
    let top = height
    const rects = layers.flatMap(({ name, of }) => {
      const value = of(bar)
      if (value <= 0) return []
      // A single error among millions of requests is still to be seen.
      const high = Math.max(1, (value / most) * height)
      top -= high
      return [
        html`<rect class="${name}" x="${rounded(i * step + (gap * step) / 2)}" y="${rounded(top)}" width="${rounded(step * (1 - gap))}" height="${rounded(high)}"/>`
      ]
    })
    return rects.length === 0 ? [] : [html`<g><title>${titleOf(bar)}</title>${rects}</g>`]
  })
  return html`${drawn}`
}

const grid = html`<line x1="0" y1="0" x2="1000" y2="0"/><line x1="0" y1="50" x2="1000" y2="50"/><line x1="0" y1="100" x2="1000" y2="100"/>`

/** Labels at local hours and days, each as wide as it is to the next. */
const axisOf = (bars: Bars, zone: Zone, figures: Figures): Markup => {
  const { stepMs, places } = ticksOf(bars, zone)
  const count = bars.bars.length
  const share = (from: number, to: number) => `w${Math.round((to / count) * 100) - Math.round((from / count) * 100)}`
  const hasRoom = (place: number, i: number) => (places[i + 1] ?? count) - place >= count * leastRoom
  const labels = places.map(
    (place, i) =>
      html`<span class="${share(place, places[i + 1] ?? count)}">${hasRoom(place, i) ? figures.tick(bars.bars[place]!.startMs, stepMs) : ""}</span>`
  )
  return html`<div class="axis" aria-hidden="true"><span class="${share(0, places[0] ?? count)}"></span>${labels}</div>`
}

/** Incidents that hurt more than their own client, as bands behind the bars. */
const isDrawn = ({ severity }: Report["incidents"]["rows"][number]): boolean => severity !== "LOW"

const bandsOf = ({ incidents }: Report, { bars, widthMs }: Bars): Markup => {
  const [first] = bars
  if (first === undefined) return nothing
  const endMs = first.startMs + bars.length * widthMs
  const place = (ms: number) => (Math.max(0, Math.min(endMs, ms) - first.startMs) / (bars.length * widthMs)) * width
  const bands = incidents.rows.filter(isDrawn).map(({ openedMs, lastMs }) => {
    const x = place(openedMs)
    return html`<rect class="i" x="${rounded(x)}" y="0" width="${rounded(Math.max(3, place(lastMs) - x))}" height="100"/>`
  })
  return html`${bands}`
}

/** How much traffic came when, and how many errors. */
export const trafficChart = (report: Report, figures: Figures): Markup => {
  const { traffic, incidents } = figures.words
  const { contents } = report
  const bars = barsOf(contents.course, report.zone)
  const per = traffic.per(figures.span(bars.widthMs))
  const most = Math.max(...bars.bars.map((bar) => bar.requests))
  const mostErrors = Math.max(...bars.bars.map((bar) => bar.clientErrors + bar.serverErrors))
  const span = figures.words.span(figures.minute(contents.firstMs), figures.minute(contents.lastMs))
  const hasBands = report.incidents.rows.some(isDrawn)
  const at = (bar: Bar) => figures.minute(bar.startMs)
  const requests = stacked(
    bars,
    [
      { name: "a", of: (bar) => bar.requests - bar.bots },
      { name: "b", of: (bar) => bar.bots }
    ],
    roundTop(most),
    (bar) => `${at(bar)}: ${figures.count(bar.requests)} ${traffic.people}, ${figures.count(bar.bots)} ${traffic.bots}`
  )
  const errors = stacked(
    bars,
    [
      { name: "e", of: (bar) => bar.serverErrors },
      { name: "c", of: (bar) => bar.clientErrors }
    ],
    roundTop(mostErrors),
    (bar) =>
      `${at(bar)}: ${figures.count(bar.clientErrors)} ${traffic.clientErrors}, ${figures.count(bar.serverErrors)} ${traffic.serverErrors}`
  )
  return html`<div class="legend"><span><i class="a"></i>${traffic.people} ${per}, ${traffic.most(figures.count(most))}</span><span><i class="b"></i>${traffic.bots}</span>${hasBands ? html`<span><i class="i"></i>${incidents.title}</span>` : nothing}</div>
<svg class="chart" viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label="${traffic.chart(figures.count(contents.requests), span)}">${grid}${bandsOf(report, bars)}${requests}</svg>
${axisOf(bars, report.zone, figures)}
<div class="legend"><span><i class="e"></i>${traffic.serverErrors}</span><span><i class="c"></i>${traffic.clientErrors} ${per}, ${traffic.most(figures.count(mostErrors))}</span></div>
<svg class="chart low" viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label="${traffic.errorChart(figures.count(contents.clientErrors), figures.count(contents.serverErrors))}">${grid}${errors}</svg>`
}

const heatOf = (n: number, most: number): string => (n === 0 ? "" : `h${Math.max(1, Math.ceil((n / most) * 10))}`)

/** Weekdays by hours, as a table whose cells are shaded: read aloud it is one of numbers. */
export const weekChart = (report: Report, figures: Figures): Markup => {
  const { hours } = figures.words
  const week = weekOf(report.contents, report.zone)
  const most = Math.max(1, ...week.flat())
  const busiest = week
    .flatMap((counts, weekday) => counts.map((n, hour) => ({ n, weekday, hour })))
    .sort((a, b) => b.n - a.n)[0]!
  const name = (weekday: number, hour: number) => `${figures.weekday(weekday)} ${`${hour}`.padStart(2, "0")}:00`
  const head = Array.from(
    { length: 24 },
    (_, hour) => html`<th scope="col" class="${hour % 6 === 0 ? "six" : ""}"><span>${hour}</span></th>`
  )
  const rows = week.map(
    (counts, weekday) =>
      html`<tr><th scope="row">${figures.weekday(weekday)}</th>${counts.map((n, hour) => html`<td class="${heatOf(n, most)}" title="${name(weekday, hour)}: ${figures.count(n)}"><span class="vh">${figures.count(n)}</span></td>`)}</tr>`
  )
  return html`<div class="card heat"><p class="note">${hours.busiest(name(busiest.weekday, busiest.hour), figures.count(busiest.n))}</p><div class="scroll" tabindex="0" role="region" aria-label="${hours.chart}"><table><caption>${hours.chart}</caption><colgroup><col></colgroup><thead><tr><th scope="col"><span class="vh">${hours.weekday}</span></th>${head}</tr></thead><tbody>${rows}</tbody></table></div></div>`
}
