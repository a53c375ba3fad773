import { countText, type Language, percentText, type Words, wordsOf } from "@chaussettes/presentation"
import { localTime, type Paint, type Style, sentenceText } from "@chaussettes/presentation/terminal"
import { type IncidentView, isQuiet } from "@chaussettes/readmodel"
import { formatSpan } from "@chaussettes/service"
import { actsMarks } from "../acts/marks.ts"
import { cellsOf, cut, fit } from "./cells.ts"
import type { Shown } from "./shown.ts"
import { chosenAt, panelsOf, type Row, rowsOf, type State } from "./state.ts"

/** How things are written, and when. */
export interface Eye {
  readonly language: Language
  readonly paint: Paint
  readonly nowMs: number
}

export interface Drawing {
  readonly state: State
  readonly shown: Shown
  readonly width: number
  /** Takes the names of what there is no room for. */
  readonly leftOut: Set<string>
}

interface Column {
  readonly name: string
  readonly width: number
  /** Only on screens that are so wide. */
  readonly from: number
  readonly side?: "right"
  readonly text: string
  readonly style?: Style | undefined
}

/** `10:05:00` of today, `11-24 10:05` of another day. */
const shortTime = (ms: number, nowMs: number): string => {
  const [then, now] = [localTime(ms), localTime(nowMs)]
  return then.slice(0, 10) === now.slice(0, 10) ? then.slice(11) : then.slice(5, 16)
}

const share = (language: Language, errors: number, requests: number): string =>
  percentText(language, requests === 0 ? 0 : errors / requests)

const figures = (errors: number, requests: number, width: number, { language }: Eye): string => {
  const n = countText(language, errors)
  return width < 56 ? n : `${n} / ${countText(language, requests)}`
}

const incidentColumns = (
  incident: IncidentView,
  decidedMs: number,
  width: number,
  eye: Eye,
  w: Words
): ReadonlyArray<Column> => {
  const { columns } = w.screen
  const { isOpen, openedMs, closedMs, event } = incident
  const { severity, errors, requests } = event
  const severities = Math.max(cellsOf(columns.severity), ...Object.values(w.incidents.severities).map(cellsOf))
  return [
    {
      name: "",
      width: 1,
      from: 0,
      text: isOpen && !isQuiet(incident) ? "●" : "○",
      style: isOpen && !isQuiet(incident) ? "red" : "dim"
    },
    { name: columns.since, width: 11, from: 70, text: shortTime(openedMs, eye.nowMs) },
    { name: columns.lasts, width: 8, from: 90, text: formatSpan(Math.max(0, (closedMs ?? decidedMs) - openedMs)) },
    {
      name: columns.severity,
      width: severities,
      from: 80,
      text: w.incidents.severities[severity],
      style: severity === "HIGH" ? "red" : "yellow"
    },
    {
      name: columns.errors,
      width: width < 56 ? 8 : 17,
      from: 34,
      side: "right",
      text: figures(errors, requests, width, eye)
    },
    { name: columns.rate, width: 7, from: 0, side: "right", text: share(eye.language, errors, requests) }
  ]
}

const rowColumns = (row: Row, { shown, width }: Drawing, eye: Eye): ReadonlyArray<Column> => {
  const w = wordsOf(eye.language)
  if (row._tag === "Incident") {
    return incidentColumns(row.incident, shown.status.newest?.endMs ?? row.incident.openedMs, width, eye, w)
  }
  const { errors, requests } = row.row
  const { columns } = w.screen
  return [
    {
      name: columns.errors,
      width: width < 56 ? 8 : 17,
      from: 0,
      side: "right",
      text: figures(errors, requests, width, eye)
    },
    { name: columns.rate, width: 7, from: 34, side: "right", text: share(eye.language, errors, requests) }
  ]
}

const subjectOf = (row: Row, w: Words): string => {
  if (row._tag === "Key") return row.text
  const { event } = row.incident
  const marks = actsMarks(row.incident, 0)
  return `${sentenceText(w.incidents.subject(event))}${w.colon}${w.incidents.kinds[event.kind]}${marks.length === 0 ? "" : ` (${marks.join(", ")})`}`
}

/** What marks the chosen row also without colour. */
const [chosenMark, otherMark] = ["▸ ", "  "]

const rowLine = (row: Row, isChosen: boolean, drawing: Drawing, eye: Eye): string => {
  const { width } = drawing
  const columns = rowColumns(row, drawing, eye).filter(({ from }) => width >= from)
  const cells = columns.map(({ text, width: own, side, style }) => {
    const cell = fit(text, own, side)
    return style === undefined ? cell : eye.paint(style, cell)
  })
  const taken = 2 + columns.reduce((sum, { width: own }) => sum + own + 2, 0)
  const subject = cut(subjectOf(row, wordsOf(eye.language)), width - taken)
  return `${isChosen ? chosenMark : otherMark}${cells.map((cell) => `${cell}  `).join("")}${isChosen ? eye.paint("bold", subject) : subject}`
}

const headingLine = (row: Row, drawing: Drawing, eye: Eye): string => {
  const { width, leftOut } = drawing
  const columns = rowColumns(row, drawing, eye)
  for (const { name, from } of columns) if (width < from && name !== "") leftOut.add(name)
  const shown = columns.filter(({ from }) => width >= from)
  const names = shown.map(({ name, width: own, side }) => `${fit(name, own, side)}  `).join("")
  return eye.paint("dim", cut(`${otherMark}${names}${wordsOf(eye.language).screen.columns.key}`, width))
}

const nameOf = ({ shown }: Drawing, panel: number, w: Words): string =>
  panel === 0 ? w.screen.incidents : w.dimensionsMany[shown.tops[panel - 1]!.dimension]

const emptyLine = ({ state, width }: Drawing, panel: number, w: Words): string => {
  const { noMatch, noIncidents, noKeys } = w.screen
  const said = state.filter !== "" ? noMatch(state.filter) : panel === 0 ? noIncidents : noKeys
  return cut(`${otherMark}${said}`, width)
}

/** The rows of a panel in so many lines, the chosen one among them. */
const bodyLines = (
  drawing: Drawing,
  panel: number,
  lines: number,
  isFocused: boolean,
  eye: Eye
): ReadonlyArray<string> => {
  const { state } = drawing
  const rows = rowsOf(state, panel)
  if (lines <= 0) return []
  if (rows.length === 0) return [eye.paint("dim", emptyLine(drawing, panel, wordsOf(eye.language)))]
  const heading = lines > 2 ? [headingLine(rows[0]!, drawing, eye)] : []
  const room = lines - heading.length
  const at = chosenAt(state, panel, rows)
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), rows.length - room))
  const shown = rows.slice(from, from + room)
  return [...heading, ...shown.map((row, i) => rowLine(row, isFocused && from + i === at, drawing, eye))]
}

/** `Incidents 3/120`: which of how many is chosen. */
const countOf = ({ state }: Drawing, panel: number): string => {
  const rows = rowsOf(state, panel)
  return rows.length === 0 ? "0" : `${chosenAt(state, panel, rows) + 1}/${rows.length}`
}

const tabsLine = (drawing: Drawing, eye: Eye): string => {
  const w = wordsOf(eye.language)
  const { state, shown, width } = drawing
  const names = Array.from({ length: panelsOf(shown) }, (_, panel) =>
    panel === state.panel ? `[${nameOf(drawing, panel, w)} ${countOf(drawing, panel)}]` : nameOf(drawing, panel, w)
  )
  // The one that is looked at is not what falls off a narrow screen.
  const text = [names.join("  "), names[state.panel]!].find((line) => cellsOf(line) <= width)
  return eye.paint("bold", cut(text ?? names[state.panel]!, width))
}

/** A panel below the other where each has some rows, else one at a time. */
export const panelLines = (drawing: Drawing, lines: number, eye: Eye): ReadonlyArray<string> => {
  const { state, shown, width } = drawing
  const count = panelsOf(shown)
  const w = wordsOf(eye.language)
  const wanted = (panel: number) => Math.max(1, rowsOf({ shown, filter: state.filter }, panel).length) + 1
  if (lines < count * 7) {
    return [tabsLine(drawing, eye), ...bodyLines(drawing, state.panel, lines - 1, true, eye)]
  }
  const least = Math.floor(lines / count) - 2
  const small = Array.from({ length: count }, (_, panel) =>
    panel === state.panel ? 0 : Math.min(wanted(panel), least)
  )
  const rest = lines - small.reduce((sum, n) => sum + n, 0) - 2 * count + 1
  return small.flatMap((own, panel) => {
    const isFocused = panel === state.panel
    const title = cut(`${nameOf(drawing, panel, w)} ${countOf(drawing, panel)}`, width - 2)
    return [
      ...(panel === 0 ? [] : [""]),
      isFocused ? eye.paint("bold", `${chosenMark}${title}`) : `${otherMark}${title}`,
      ...bodyLines(drawing, panel, isFocused ? Math.min(rest, wanted(panel)) : own, isFocused, eye)
    ]
  })
}

/** Rows of each panel where it is printed once. */
const stillRows = 10

export const stillPanels = (drawing: Drawing, eye: Eye): ReadonlyArray<string> => {
  const w = wordsOf(eye.language)
  return Array.from({ length: panelsOf(drawing.shown) }, (_, panel) => {
    const rows = rowsOf(drawing.state, panel)
    const more = rows.length > stillRows ? [`${otherMark}${w.screen.more(rows.length - stillRows)}`] : []
    const lines = bodyLines(drawing, panel, stillRows + 1, false, eye)
    return ["", nameOf(drawing, panel, w), ...lines, ...more]
  }).flat()
}
