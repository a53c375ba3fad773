import { quantileOf } from "@chaussettes/domain"
import type { Paint } from "@chaussettes/presentation/terminal"
import { barsOf, weekOf } from "./course.ts"
import { Figures } from "./figures.ts"
import { quantiles } from "./latency.ts"
import { groupsOf, measureOf, methodsOf, type ReportList } from "./lists.ts"
import type { Report } from "./read/read.ts"
import {
  causeText,
  hasErrors,
  headlineOf,
  kindText,
  readingOf,
  subtitleOf,
  suggestionText,
  thresholdText,
  tilesOf
} from "./summary.ts"

export interface TextOptions {
  readonly columns: number
  readonly paint: Paint
}

const leastColumns = 40
const mostColumns = 110
const rowsALine = 10
const steps = " ▁▂▃▄▅▆▇█"

/** Sentences broken at spaces, so that no line is longer than there is room for. */
const wrapped = (text: string, columns: number): string => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    let rest = word
    if (line !== "" && [...line].length + 1 + [...rest].length > columns) {
      lines.push(line)
      line = ""
    }
    while ([...rest].length > columns) {
      lines.push([...rest].slice(0, columns).join(""))
      rest = [...rest].slice(columns).join("")
    }
    line = line === "" ? rest : `${line} ${rest}`
  }
  return [...lines, line].join("\n")
}

const cut = (text: string, columns: number): string => {
  const characters = [...text]
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(1, columns - 1)).join("")}…`
}

const padded = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - [...text].length))

/** The report for a terminal of so many columns. */
export const textOf = (report: Report, options: TextOptions): string => {
  const figures = new Figures(report)
  const columns = Math.min(mostColumns, Math.max(leastColumns, options.columns))
  const text = new Text(report, figures, columns, options.paint)
  return text.whole()
}

class Text {
  readonly #report: Report
  readonly #figures: Figures
  readonly #columns: number
  readonly #paint: Paint

  constructor(report: Report, figures: Figures, columns: number, paint: Paint) {
    this.#report = report
    this.#figures = figures
    this.#columns = columns
    this.#paint = paint
  }

  whole(): string {
    const { words } = this.#figures
    const { contents } = this.#report
    const head = [
      this.#paint("bold", words.title),
      ...subtitleOf(this.#report, this.#figures)
        .split(" · ")
        .map((part) => this.#paint("dim", wrapped(part, this.#columns))),
      "",
      wrapped(headlineOf(this.#report, this.#figures), this.#columns)
    ]
    const parts =
      contents.requests === 0
        ? [this.#reading()]
        : [
            this.#tiles(),
            this.#traffic(),
            this.#incidents(),
            this.#thresholds(),
            ...groupsOf(contents).flatMap(({ lists }) => lists.map((list) => this.#list(list))),
            this.#statuses(),
            this.#list(methodsOf(contents)),
            this.#hours(),
            this.#latency(),
            this.#reading()
          ]
    return `${[head.join("\n"), ...parts].join("\n\n")}\n`
  }

  #heading(title: string): string {
    return this.#paint("bold", title)
  }

  #tiles(): string {
    const tiles = tilesOf(this.#report, this.#figures)
    const width = Math.max(...tiles.map(({ label }) => [...label].length))
    return tiles
      .map(({ label, value, note, isBad }) => {
        const told = note === undefined ? "" : `  ${this.#paint("dim", note)}`
        const line = `${padded(label, width)}  ${isBad ? this.#paint("red", value) : value}`
        const room = this.#columns - width - 4 - [...value].length
        return note !== undefined && [...note].length > room ? line : line + told
      })
      .join("\n")
  }

  #traffic(): string {
    const figures = this.#figures
    const { words } = figures
    const { widthMs, bars } = barsOf(this.#report.contents.course, this.#report.zone)
    const room = this.#columns
    const each = Math.ceil(bars.length / room)
    const sums = Array.from({ length: Math.ceil(bars.length / each) }, (_, i) => bars.slice(i * each, (i + 1) * each))
    const spark = (of: (bar: (typeof bars)[number]) => number) => {
      const values = sums.map((some) => some.reduce((sum, bar) => sum + of(bar), 0))
      const most = Math.max(1, ...values)
      const line = values.map((value) => steps[Math.ceil((value / most) * (steps.length - 1))]).join("")
      return { line, most }
    }
    const requests = spark((bar) => bar.requests)
    const errors = spark((bar) => bar.clientErrors + bar.serverErrors)
    const per = words.traffic.per(figures.span(widthMs * each))
    return [
      this.#heading(words.traffic.title),
      requests.line,
      this.#paint(
        "dim",
        cut(`${words.traffic.people} ${per}, ${words.traffic.most(figures.count(requests.most))}`, room)
      ),
      errors.line,
      this.#paint("dim", cut(`${words.traffic.errors} ${per}, ${words.traffic.most(figures.count(errors.most))}`, room))
    ].join("\n")
  }

  #incidents(): string {
    const figures = this.#figures
    const { incidents: words } = figures.words
    const { incidents } = this.#report
    const shown = incidents.rows.slice(0, rowsALine)
    const lines = shown.map((incident) => {
      const { openedMs, lastMs, errors, requests, severity } = incident
      const when = `${figures.minute(openedMs)}, ${figures.span(lastMs - openedMs)}`
      const failed = hasErrors(incident)
        ? `${figures.count(errors)} / ${figures.count(requests)} (${figures.share(errors, requests)})`
        : figures.count(requests)
      const why = [kindText(incident, figures)]
      const subject = cut(causeText(incident, figures), this.#columns)
      return [
        this.#paint(severity === "HIGH" ? "red" : "yellow", subject),
        ...[when, failed, ...why].map((line) => wrapped(line, this.#columns - 2).replace(/^/gm, "  "))
      ].join("\n")
    })
    const further = incidents.count - shown.length
    return [
      this.#heading(words.title),
      ...(shown.length === 0 ? [words.none] : lines),
      ...(further > 0 ? [wrapped(words.more(figures.count(further)), this.#columns)] : [])
    ].join("\n")
  }

  #thresholds(): string {
    const figures = this.#figures
    const { thresholds: words } = figures.words
    const lines = this.#report.thresholds.map((suited) => {
      const name = figures.words.subjects[suited.dimension]
      const said = `${words.inForce}: ${thresholdText(suited.inForce, figures)}\n${words.suggested}: ${suggestionText(suited, figures)}`
      return `${name}\n${said
        .split("\n")
        .map((line) => wrapped(line, this.#columns - 2).replace(/^/gm, "  "))
        .join("\n")}`
    })
    return [this.#heading(words.title), ...lines].join("\n")
  }

  #list({ name, listing, measure }: ReportList): string {
    const figures = this.#figures
    const { lists, none, rest, columns } = figures.words
    const rows = listing.rows.slice(0, rowsALine)
    const isTime = measure === "mean"
    const whole = this.#report.contents.requests
    const cells = rows.map((row) => {
      const value = measureOf(row, measure)
      return {
        key: figures.key(row.key in figures.words.kinds ? this.#kind(row.key) : row.key),
        value: isTime ? figures.latency(value) : figures.counted(value, listing.isExact),
        share: measure === "requests" ? figures.share(value, whole) : "",
        errors: measure === "requests" ? row.clientErrors + row.serverErrors : 0
      }
    })
    const valueWidth = Math.max(0, ...cells.map(({ value }) => [...value].length))
    const shareWidth = Math.max(0, ...cells.map(({ share }) => [...share].length))
    const keyWidth = this.#columns - valueWidth - (shareWidth === 0 ? 2 : shareWidth + 4)
    const lines = cells.map(({ key, value, share, errors }) => {
      const numbers = `${" ".repeat(valueWidth - [...value].length)}${value}${
        shareWidth === 0 ? "" : `  ${" ".repeat(shareWidth - [...share].length)}${share}`
      }`
      const failed = errors === 0 ? "" : ` (${figures.count(errors)} ${columns.errors.toLowerCase()})`
      const room = keyWidth - [...failed].length
      const shown = room < 12 ? cut(key, keyWidth) : cut(key, room)
      const tail = room < 12 ? "" : this.#paint("dim", failed)
      const used = [...shown].length + (room < 12 ? 0 : [...failed].length)
      return `${shown}${tail}${" ".repeat(Math.max(0, keyWidth - used))}  ${numbers}`
    })
    return [
      this.#heading(lists[name].title),
      ...(rows.length === 0 ? [none] : lines),
      ...(listing.keys > rows.length && rows.length > 0
        ? [this.#paint("dim", rest(figures.count(rows.length), figures.keys(listing)))]
        : [])
    ].join("\n")
  }

  #kind(key: string): string {
    const { kinds } = this.#figures.words
    return kinds[key as keyof typeof kinds]
  }

  #statuses(): string {
    const figures = this.#figures
    const { statuses } = this.#report.contents
    const lines: Array<string> = []
    for (let i = 0; i < statuses.length; i += 2) {
      const [status, n] = [statuses[i]!, statuses[i + 1]!]
      const name = status === 0 ? figures.words.statuses.noAnswer : `${status}`
      const numbers = `${figures.count(n)}  ${figures.share(n, this.#report.contents.requests)}`
      const room = this.#columns - [...numbers].length - 2
      lines.push(`${padded(cut(`${name} ${figures.words.statusText(status)}`, room), room)}  ${numbers}`)
    }
    return [this.#heading(figures.words.statuses.title), ...lines].join("\n")
  }

  #hours(): string {
    const figures = this.#figures
    const week = weekOf(this.#report.contents, this.#report.zone)
    const most = Math.max(1, ...week.flat())
    const width = Math.max(...week.map((_, i) => [...figures.weekday(i)].length))
    const lines = week.map(
      (hours, i) =>
        `${padded(figures.weekday(i), width)} ${hours.map((n) => steps[Math.ceil((n / most) * (steps.length - 1))]).join("")}`
    )
    const scale = `${" ".repeat(width)} ${[0, 6, 12, 18].map((hour) => padded(`${hour}`, 6)).join("")}`.trimEnd()
    return [this.#heading(figures.words.hours.title), ...lines, this.#paint("dim", scale)].join("\n")
  }

  #latency(): string {
    const figures = this.#figures
    const { latency: words } = figures.words
    const { durations } = this.#report.contents
    const lines =
      durations === undefined
        ? [wrapped(words.none, this.#columns)]
        : [
            ...quantiles.map(
              (percent) => `${words.quantile(percent)} ${figures.latency(quantileOf(durations, percent / 100))}`
            ),
            `${words.mean} ${figures.latency(durations.sum / durations.count)}`
          ]
    return [this.#heading(words.title), ...lines].join("\n")
  }

  #reading(): string {
    const lines = readingOf(this.#report, this.#figures).map((line) => wrapped(line, this.#columns))
    return [this.#heading(this.#figures.words.reading.title), ...lines].join("\n")
  }
}
