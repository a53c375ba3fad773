import { type Alert, dimensionOf, keyOf, type PaneLine, visibleJson, visibleText } from "@chaussettes/domain"
import { alertsStream, logsStream } from "@chaussettes/jetstream/topology"
import {
  type Language,
  lineText,
  nameLogs,
  percentText,
  severityText,
  statusesText,
  wordsOf
} from "@chaussettes/presentation"
import { environmentLanguage, localTime, type Paint, painter } from "@chaussettes/presentation/terminal"
import { type Explanation, readExplanation } from "@chaussettes/readmodel/queries"
import { failed, toUserFailure, type UserFailure, wrongUsage } from "@chaussettes/service"
import { Effect } from "effect"
import { lookPorts } from "../ports.ts"
import type { ExplainInput } from "./flags.ts"

const newline = Uint8Array.of(10)

/** A line behind the alert as it is printed: marked, and inert in a terminal. */
export const explainedLine = (line: PaneLine, paint: Paint): string => {
  const text = visibleText(lineText(line.bytes))
  return line.error ? `${paint("red", "!")} ${text}` : `  ${text}`
}

/** What is said of the alert below its lines. The words and figures are the page's. */
export const verdictLines = (explanation: Explanation, language: Language, paint: Paint): ReadonlyArray<string> => {
  const w = wordsOf(language)
  const { alert, lines } = explanation
  const dimension = dimensionOf(alert.type)
  const key = keyOf(alert)
  const [startMs, endMs] = [Date.parse(alert.window.start), Date.parse(alert.window.end)]
  const threshold =
    typeof alert.threshold === "number"
      ? w.explain.plain(percentText(language, alert.threshold), explanation.leastErrors, alert.total_requests)
      : w.explain.tabled(explanation.leastErrors, alert.total_requests)
  const rate = percentText(language, alert.errors / alert.total_requests)
  const found =
    lines.found === "all"
      ? w.explain.linesAgree(lines.total, lines.errors)
      : lines.found === "part"
        ? w.explain.linesPart(lines.total, alert.total_requests)
        : w.explain.linesGone
  const subject = key === undefined ? w.dimensionsMany.global : `${w.dimensions[dimension]} ${visibleText(key)}`
  return [
    `${paint("bold", subject)} · ${severityText(language, alert.severity, alert.total_requests)} · ${localTime(startMs)} – ${localTime(endMs).slice(11)}`,
    w.explain.verdict(alert.errors, alert.total_requests, rate),
    threshold,
    ...(explanation.closedBy === null ? [] : [`${w.explain.decided} ${w.closedBy[explanation.closedBy]}.`]),
    lines.found === "all" ? found : paint("yellow", found),
    ...(lines.total === 0 ? [] : [w.explain.byStatus(statusesText(language, lines.statuses))]),
    ...laterLines(explanation, language)
  ]
}

/** What came late for the alert's pane after it was raised. */
const laterLines = ({ alert, lines }: Explanation, language: Language): ReadonlyArray<string> => {
  const { total, errors } = lines.later
  if (total === 0) return []
  return [wordsOf(language).explain.linesLater(total, errors, alert.errors + errors, alert.total_requests + total)]
}

const jsonOf = (alert: Alert, explanation: Explanation): string =>
  visibleJson(
    JSON.stringify({
      alert,
      least_errors: explanation.leastErrors,
      closed_by: explanation.closedBy,
      lines: explanation.lines
    })
  )

/** The lines behind an alert, as they stand in LOGS, and what they say together. */
export const explain = (input: ExplainInput): Effect.Effect<void, UserFailure> => {
  nameLogs(logsStream)
  const paint = painter(process.stdout.isTTY)
  const onLine = (line: PaneLine): void => {
    if (input.errorsOnly && !line.error) return
    if (input.raw) {
      process.stdout.write(line.bytes.slice())
      process.stdout.write(newline)
    } else if (input.json) {
      const { bytes, ...rest } = line
      process.stdout.write(`${visibleJson(JSON.stringify({ ...rest, text: lineText(bytes) }))}\n`)
    } else process.stdout.write(`${explainedLine(line, paint)}\n`)
  }
  return readExplanation(input.id, { maxMessages: Number.POSITIVE_INFINITY, course: false }, onLine).pipe(
    Effect.flatMap((explanation) =>
      Effect.sync(() => {
        if (input.json) return void process.stdout.write(`${jsonOf(explanation.alert, explanation)}\n`)
        const text = verdictLines(explanation, environmentLanguage(), paint).join("\n")
        // Raw lines are for another program: what is said of them goes where it does not stand among them.
        if (input.raw) process.stderr.write(`${text}\n`)
        else process.stdout.write(`\n${text}\n`)
      })
    ),
    Effect.provide(lookPorts(input.nats, "explain")),
    Effect.catchTags({
      NotAnAlertId: ({ id }) =>
        Effect.fail(
          wrongUsage(
            `"${visibleText(id)}" is not the id of an alert, such as ip.20150517T100500Z-10s.0123456789abcdef: see chaussettes alerts.`
          )
        ),
      NoSuchAlert: ({ id }) =>
        Effect.fail(
          failed(
            `There is no alert ${id} in ${alertsStream}: it was never raised, or it is older than the stream keeps.`
          )
        )
    }),
    Effect.mapError(toUserFailure)
  )
}
