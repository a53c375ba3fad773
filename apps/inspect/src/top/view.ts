import { rateOf } from "@chaussettes/domain"
import { percentText, rateText, ruleText, wordsOf } from "@chaussettes/presentation"
import { localTime, type Paint, type Style, sentenceText } from "@chaussettes/presentation/terminal"
import { headlineOf, type Tone, toneOf } from "@chaussettes/readmodel"
import { cellsOf, cut, fit, wrap } from "./cells.ts"
import { type Drawing, type Eye, panelLines, stillPanels } from "./panels.ts"
import type { Shown } from "./shown.ts"
import { type Column, columnsOf, spark } from "./spark.ts"
import { begun, type State } from "./state.ts"

export interface Size {
  readonly columns: number
  readonly rows: number
}

const toneStyles: { readonly [tone in Tone]: Style } = { bad: "red", warn: "yellow", unknown: "dim", good: "green" }

/** Below this there is room for the headline and nothing else. */
const least: Size = { columns: 20, rows: 6 }
/** From here on a figure stands beside its course. */
const besideFrom = 60
/** What is shown is said to be old when it is so much older than a look takes. */
const oldMs = 8_000

/** Whether all is well, when that was, and whether it still is known. */
const titleLine = (state: State, shown: Shown, width: number, { language, paint, nowMs }: Eye): string => {
  const w = wordsOf(language)
  const ageMs = nowMs - shown.status.atMs
  const when = [
    ...(state.isPaused ? [w.screen.paused] : []),
    localTime(shown.status.atMs).slice(11),
    ...(ageMs > oldMs ? [w.screen.ageOf(`${Math.round(ageMs / 1_000)} s`)] : [])
  ].join("  ")
  const headline = headlineOf(shown.status)
  const left = fit(`${w.title} – ${w.headlineWord(headline)}`, Math.max(0, width - cellsOf(when) - 1))
  return `${paint(state.lost === undefined ? toneStyles[toneOf(headline)] : "red", left)} ${paint("dim", cut(when, width))}`
}

const headLines = (state: State, shown: Shown, width: number, most: number, eye: Eye): ReadonlyArray<string> => {
  const w = wordsOf(eye.language)
  const lost =
    state.lost === undefined
      ? []
      : wrap(w.screen.lost(localTime(state.lost.sinceMs).slice(11), state.lost.why), width, 2).map((line) =>
          eye.paint("red", line)
        )
  return [
    titleLine(state, shown, width, eye),
    ...lost,
    ...wrap(sentenceText(w.headline(headlineOf(shown.status))), width, most).map((line) => eye.paint("bold", line)),
    ...(shown.isPublic ? wrap(w.screen.publicOnly, width, 2).map((line) => eye.paint("dim", line)) : [])
  ]
}

/** Columns above the threshold are red, and marked below for whoever sees no colour. */
const painted = (bars: string, columns: ReadonlyArray<Column>, paint: Paint): string => {
  let text = ""
  for (let i = 0, end = 0; i < bars.length; i = end) {
    while (end < bars.length && columns[end]!.isBreach === columns[i]!.isBreach) end++
    const run = bars.slice(i, end)
    text += columns[i]!.isBreach ? paint("red", run) : run
  }
  return text
}

/** How many requests came and what share of them failed, over the last hour. */
const courseLines = (shown: Shown, width: number, { language, paint }: Eye): ReadonlyArray<string> => {
  const w = wordsOf(language)
  const { status, threshold } = shown
  const requests = w.screen.perSecond(rateText(language, status.linesPerSecond))
  const rate = status.errorRate === null ? "–" : percentText(language, status.errorRate)
  const errors = threshold === undefined ? rate : `${rate} – ${ruleText(language, threshold)}`
  const label = Math.max(cellsOf(w.screen.requests), cellsOf(w.screen.errors))
  const isBeside = width >= besideFrom
  const figure = isBeside ? Math.min(Math.floor(width / 2), Math.max(cellsOf(requests), cellsOf(errors))) : 0
  const columns = columnsOf(shown, isBeside ? width - label - figure - 3 : width)
  const most = Math.max(0, ...columns.map((column) => column.requests / Math.max(1, column.windows)))
  const rates = columns.map((column) => (column.requests === 0 ? null : column.errors / column.requests))
  const top = Math.max(threshold === undefined ? 0 : Math.min(1, 2 * rateOf(threshold)), ...rates.map((r) => r ?? 0))
  const bars = [
    spark(
      columns.map(({ requests: n, windows }) => (windows === 0 ? null : n / windows)),
      most
    ),
    painted(spark(rates, top), columns, paint)
  ] as const
  const marks = columns.some(({ isBreach }) => isBreach)
    ? columns
        .map(({ isBreach }) => (isBreach ? "!" : " "))
        .join("")
        .trimEnd()
    : undefined
  if (isBeside) {
    const room = " ".repeat(label + 1)
    const gap = " ".repeat(Math.max(2, width - label - 1 - columns.length - figure))
    const legend =
      marks === undefined
        ? []
        : [`${room}${paint("red", fit(marks, columns.length))}${gap}${paint("dim", cut(w.screen.above, figure))}`]
    return [
      `${paint("dim", fit(w.screen.requests, label))} ${bars[0]}${gap}${cut(requests, figure)}`,
      `${paint("dim", fit(w.screen.errors, label))} ${bars[1]}${gap}${cut(errors, figure)}`,
      ...legend
    ]
  }
  return [
    cut(`${w.screen.requests} ${requests}`, width),
    bars[0],
    cut(`${w.screen.errors} ${errors}`, width),
    bars[1],
    ...(marks === undefined ? [] : [paint("red", marks)])
  ]
}

const footerLine = (state: State, width: number, { language, paint }: Eye): string => {
  const { screen } = wordsOf(language)
  if (state.isTyping) return cut(`/${state.filter}▏`, width)
  if (state.note !== undefined) return paint("yellow", cut(screen[state.note], width))
  const keys = state.explained === undefined ? screen.footer : screen.backFooter
  const filter = state.filter === "" ? "" : `${screen.filter} “${state.filter}”  `
  const shown = [`${filter}${keys}`, `${filter}${screen.shortFooter}`].find((text) => cellsOf(text) <= width)
  return paint("dim", cut(shown ?? screen.shortFooter, width))
}

const helpLines = (width: number, { language, paint }: Eye): ReadonlyArray<string> => {
  const w = wordsOf(language)
  const rows = [
    ...w.screen.help,
    ["● ○", `${w.alerts.open}, ${w.alerts.closed}`] as const,
    ["▁▄█", w.screen.lastHour] as const
  ]
  const keys = Math.max(...rows.map(([name]) => cellsOf(name)))
  return rows.map(([name, does]) => `${paint("bold", fit(name, Math.min(keys, width)))} ${cut(does, width - keys - 1)}`)
}

const tooSmall = (state: State, { columns, rows }: Size, { language }: Eye): ReadonlyArray<string> => {
  const w = wordsOf(language)
  const said = state.shown === undefined ? w.screen.waiting : sentenceText(w.headline(headlineOf(state.shown.status)))
  const lines = [
    ...wrap(said, columns, Math.max(1, rows - 2)),
    ...wrap(w.screen.tooSmall(least.columns, least.rows), columns, 2)
  ]
  return lines.slice(0, Math.max(1, rows))
}

/** The screen: no more lines than it has rows, none wider than it has columns. */
export const screenLines = (state: State, size: Size, eye: Eye): ReadonlyArray<string> => {
  const { columns: width, rows } = size
  if (width < least.columns || rows < least.rows) return tooSmall(state, size, eye)
  const { screen } = wordsOf(eye.language)
  const { shown } = state
  if (shown === undefined) return [eye.paint("dim", cut(screen.waiting, width))]
  const title = titleLine(state, shown, width, eye)
  const footer = footerLine(state, width, eye)
  if (state.isHelp) return [...[title, ...helpLines(width, eye)].slice(0, rows - 1), footer]
  if (state.explained !== undefined) {
    const { lines, from } = state.explained
    const body = lines === undefined ? [screen.explaining] : lines.slice(from, from + rows - 2)
    return [title, ...body.map((line) => cut(line, width)), footer]
  }
  const head = headLines(state, shown, width, rows < 16 ? 1 : 4, eye)
  const course = courseLines(shown, width, eye)
  const leftOut = new Set<string>()
  // A list with a heading and three rows is worth more than the course.
  const hasCourse = rows - head.length - 2 - (course.length + 2) >= 4
  if (!hasCourse) leftOut.add(screen.course)
  const above = (hasCourse ? [...head, "", ...course, ""] : head).slice(0, rows - 2)
  const drawing: Drawing = { state, shown, width, leftOut }
  const room = rows - above.length - 1
  const panels = panelLines(drawing, room, eye)
  if (leftOut.size === 0) return [...above, ...panels.slice(0, room), footer]
  const said = wrap(screen.leftOut([...leftOut].join(", ")), width, rows < 16 ? 1 : 2)
  return [
    ...above,
    ...panelLines(drawing, room - said.length, eye).slice(0, Math.max(0, room - said.length)),
    ...said.slice(0, room).map((line) => eye.paint("dim", line)),
    footer
  ]
}

/** The same once, for where nobody can press a key: no line is left out for want of rows. */
export const stillLines = (shown: Shown, width: number, eye: Eye): ReadonlyArray<string> => {
  const leftOut = new Set<string>()
  const drawing: Drawing = { state: { ...begun, shown }, shown, width, leftOut }
  const panels = stillPanels(drawing, eye)
  return [
    ...headLines(begun, shown, width, 20, eye),
    "",
    ...courseLines(shown, width, eye),
    ...panels,
    ...(leftOut.size === 0
      ? []
      : ["", ...wrap(wordsOf(eye.language).screen.leftOut([...leftOut].join(", ")), width, 3)])
  ].map((line) => line.trimEnd())
}
