import { type Alert, dimensionOf, keyOf, visibleText } from "@chaussettes/domain"
import { type Language, languageOf, percentText } from "./figures.ts"
import { severityText } from "./thresholds.ts"
import { plain, type Sentence, wordsOf } from "./words/index.ts"

/** The language of the environment, as other programs take it. */
export const environmentLanguage = (env: NodeJS.ProcessEnv = process.env): Language =>
  languageOf(
    [env.LC_ALL, env.LC_MESSAGES, env.LANG].flatMap((text) => (text === undefined || text === "" ? [] : [text]))
  )

const two = (n: number): string => String(n).padStart(2, "0")

/** `2026-11-24 10:05:00` in this machine's zone. */
export const localTime = (ms: number): string => {
  const t = new Date(ms)
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`
}

export type Style = "bold" | "dim" | "red" | "yellow" | "green"
const codes: { readonly [style in Style]: number } = { bold: 1, dim: 2, red: 31, yellow: 33, green: 32 }

export type Paint = (style: Style, text: string) => string

/** Colours only where a person looks, and not where NO_COLOR asks for none (https://no-color.org). */
export const painter = (isTerminal: boolean, env: NodeJS.ProcessEnv = process.env): Paint =>
  isTerminal && (env.NO_COLOR ?? "") === ""
    ? (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m`
    : (_style, text) => text

/** A sentence of the words for a terminal: times local, keys with everything that acts spelled out. */
export const sentenceText = (sentence: Sentence): string => plain(sentence, localTime, visibleText)

const severityPaint = (alert: Alert, paint: Paint, text: string): string =>
  paint(alert.severity === "HIGH" ? "red" : "yellow", text)

/** An alert as one line: when, how bad, who or what, how much, and its id for `explain`. */
export const alertLine = (alert: Alert, language: Language, paint: Paint): string => {
  const w = wordsOf(language)
  const dimension = dimensionOf(alert.type)
  const key = keyOf(alert)
  const severity = severityText(language, alert.severity, alert.total_requests)
  const subject = key === undefined ? w.dimensionsMany.global : `${w.dimensions[dimension]} ${visibleText(key)}`
  const rate = percentText(language, alert.errors / alert.total_requests)
  return [
    localTime(Date.parse(alert.window.start)),
    severityPaint(alert, paint, severity),
    paint("bold", subject),
    `${w.alerts.requestsOf(alert.errors, alert.total_requests)} (${rate})`,
    paint("dim", alert.id)
  ].join("  ")
}

/** The same with the alert's own message and in UTC, as it was raised: when, how bad, what, and the id to ask `explain` with. */
export const alertMessageLine = (alert: Alert, paint: Paint): string =>
  [
    alert.window.start.replace("T", " ").replace("Z", ""),
    severityPaint(alert, paint, alert.severity.padEnd(6)),
    visibleText(alert.message),
    paint("dim", alert.id)
  ].join("  ")
