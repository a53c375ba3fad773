import {
  type Alert,
  type CauseDimension,
  type Dimension,
  dimensionOf,
  keyOf,
  parseRfc3339,
  visibleText
} from "@chaussettes/domain"
import type { IncidentView } from "@chaussettes/readmodel"
import type { Shown, TopRow } from "./shown.ts"

/** What a key on the keyboard asks for. */
export type Action =
  | { readonly _tag: "Quit" | "Help" | "Pause" | "Filter" | "Back" | "Enter" | "Erase" }
  | { readonly _tag: "Panel"; readonly by: 1 | -1 }
  | { readonly _tag: "Move"; readonly by: number }
  | { readonly _tag: "Text"; readonly text: string }

export type Event =
  | { readonly _tag: "Looked"; readonly shown: Shown }
  | { readonly _tag: "Lost"; readonly atMs: number; readonly why: string }
  | { readonly _tag: "Explained"; readonly id: string; readonly lines: ReadonlyArray<string> }
  | Action

/** A row that can be chosen. */
export type Row = { readonly id: string; readonly text: string } & (
  | { readonly _tag: "Incident"; readonly incident: IncidentView }
  | { readonly _tag: "Key"; readonly row: TopRow }
)

export interface State {
  readonly shown: Shown | undefined
  /** Since when and why nothing new comes; undefined where it does. */
  readonly lost: { readonly sinceMs: number; readonly why: string } | undefined
  readonly panel: number
  /** The chosen row of each panel: it stays chosen wherever the order moves it. */
  readonly chosen: ReadonlyMap<number, { readonly id: string; readonly at: number }>
  readonly filter: string
  readonly isTyping: boolean
  readonly isPaused: boolean
  readonly isHelp: boolean
  /** The alert that is explained; its lines are not there yet while they are read. */
  readonly explained:
    | { readonly id: string; readonly lines: ReadonlyArray<string> | undefined; readonly from: number }
    | undefined
  /** What came of a key that could not do anything. */
  readonly note: "noAlert" | undefined
}

export const begun: State = {
  shown: undefined,
  lost: undefined,
  panel: 0,
  chosen: new Map(),
  filter: "",
  isTyping: false,
  isPaused: false,
  isHelp: false,
  explained: undefined,
  note: undefined
}

/** What is to be done beside drawing. */
type Wish = { readonly _tag: "Quit" } | { readonly _tag: "Explain"; readonly id: string }

/** A filter is no longer than a key is shown. */
const mostFilter = 100

/** The first panel has the incidents, each further one the worst keys of a dimension. */
export const panelsOf = (shown: Shown): number => 1 + shown.tops.length

export const rowsOf = ({ shown, filter }: Pick<State, "shown" | "filter">, panel: number): ReadonlyArray<Row> => {
  if (shown === undefined) return []
  const wanted = filter.toLowerCase()
  const rows: ReadonlyArray<Row> =
    panel === 0
      ? shown.incidents.map((incident) => ({
          _tag: "Incident",
          id: incident.id,
          text: incident.event.cause.keys.map(visibleText).join(" "),
          incident
        }))
      : (shown.tops[panel - 1]?.rows ?? []).map((row) => ({
          _tag: "Key",
          id: row.key,
          text: visibleText(row.key),
          row
        }))
  return wanted === "" ? rows : rows.filter(({ text }) => text.toLowerCase().includes(wanted))
}

/** Which of the rows is chosen; 0 where none is there. */
export const chosenAt = (state: State, panel: number, rows: ReadonlyArray<Row>): number => {
  const chosen = state.chosen.get(panel)
  if (chosen === undefined) return 0
  const found = rows.findIndex(({ id }) => id === chosen.id)
  return found >= 0 ? found : Math.max(0, Math.min(chosen.at, rows.length - 1))
}

/** The alert with the greatest rate of a key from a time on; of all traffic where the key is null. */
const worstAlert = (
  { alerts }: Shown,
  dimension: Dimension | CauseDimension | undefined,
  key: string | null,
  fromMs = Number.NEGATIVE_INFINITY
): Alert | undefined => {
  let worst: Alert | undefined
  for (const alert of alerts) {
    if (dimensionOf(alert.type) !== dimension || (keyOf(alert) ?? null) !== key) continue
    if (parseRfc3339(alert.window.end)! <= fromMs) continue
    if (worst === undefined || alert.value >= worst.value) worst = alert
  }
  return worst
}

/** The alert that explains a row: of an incident, the worst of its cause while it lasts. */
const alertOf = (shown: Shown, panel: number, row: Row): Alert | undefined => {
  if (row._tag === "Key") return worstAlert(shown, shown.tops[panel - 1]?.dimension, row.row.key)
  const { event, openedMs } = row.incident
  return worstAlert(shown, event.cause.dimension, event.cause.key, openedMs)
}

const stay = (state: State, change: Partial<State> = {}): readonly [State, Wish | undefined] => [
  { ...state, note: undefined, ...change },
  undefined
]

const moved = (state: State, by: number): readonly [State, Wish | undefined] => {
  if (state.explained !== undefined) {
    const most = Math.max(0, (state.explained.lines?.length ?? 0) - 1)
    const from = Math.max(0, Math.min(most, state.explained.from + by))
    return stay(state, { explained: { ...state.explained, from } })
  }
  const rows = rowsOf(state, state.panel)
  if (rows.length === 0) return stay(state)
  const at = Math.max(0, Math.min(rows.length - 1, chosenAt(state, state.panel, rows) + by))
  return stay(state, { chosen: new Map([...state.chosen, [state.panel, { id: rows[at]!.id, at }]]) })
}

const entered = (state: State): readonly [State, Wish | undefined] => {
  if (state.isTyping) return stay(state, { isTyping: false })
  if (state.shown === undefined || state.explained !== undefined || state.isHelp) return stay(state)
  const rows = rowsOf(state, state.panel)
  const row = rows[chosenAt(state, state.panel, rows)]
  if (row === undefined) return stay(state)
  const alert = alertOf(state.shown, state.panel, row)
  if (alert === undefined) return stay(state, { note: "noAlert" })
  const { id } = alert
  return [
    { ...state, note: undefined, explained: { id, lines: undefined, from: 0 } },
    { _tag: "Explain", id }
  ]
}

/** What follows from an event: the next state, and what else is to be done. */
export const next = (state: State, event: Event): readonly [State, Wish | undefined] => {
  switch (event._tag) {
    case "Looked":
      return [
        state.isPaused ? { ...state, lost: undefined } : { ...state, shown: event.shown, lost: undefined },
        undefined
      ]
    case "Lost":
      return [{ ...state, lost: { sinceMs: state.lost?.sinceMs ?? event.atMs, why: event.why } }, undefined]
    case "Explained":
      return state.explained?.id === event.id
        ? [{ ...state, explained: { ...state.explained, lines: event.lines } }, undefined]
        : [state, undefined]
    case "Quit":
      return [state, { _tag: "Quit" }]
    case "Back":
      if (state.isHelp) return stay(state, { isHelp: false })
      if (state.isTyping || state.explained === undefined) return stay(state, { isTyping: false, filter: "" })
      return stay(state, { explained: undefined })
    case "Help":
      return stay(state, { isHelp: !state.isHelp })
    case "Pause":
      return stay(state, { isPaused: !state.isPaused })
    case "Filter":
      return state.explained === undefined ? stay(state, { isTyping: true, isHelp: false }) : stay(state)
    case "Text":
      return stay(state, { filter: (state.filter + event.text).slice(0, mostFilter) })
    case "Erase":
      return stay(state, { filter: [...state.filter].slice(0, -1).join("") })
    case "Panel": {
      if (state.shown === undefined || state.explained !== undefined) return stay(state)
      const count = panelsOf(state.shown)
      return stay(state, { panel: (state.panel + event.by + count) % count })
    }
    case "Move":
      return moved(state, event.by)
    case "Enter":
      return entered(state)
  }
}
