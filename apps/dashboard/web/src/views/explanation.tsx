import { type Alert, dimensionOf, keyOf } from "@chaussettes/domain"
import { percentText, severityText, statusesText } from "@chaussettes/presentation"
import { useEffect, useRef, useState } from "preact/hooks"
import type { ExplainResponse } from "../../../src/api/index.ts"
import { useAsk } from "../ask.ts"
import { alertsHref } from "../filters.ts"
import { language, w } from "../language.ts"
import { Command } from "../parts/command.tsx"
import { CourseChart } from "../parts/course-chart.tsx"
import { Foreign } from "../parts/key-text.tsx"
import { LineList } from "../parts/line-list.tsx"
import { Failed, Loading } from "../parts/states.tsx"
import { TimeSpan } from "../time.tsx"

type Explained = Omit<ExplainResponse, "alert"> & { readonly alert: Alert }

const shownLines = 200

/** Why this is an alert, how its key fared around it, and the very lines that say so. */
export const Explanation = ({ id }: { readonly id: string }) => {
  const { data, error, again } = useAsk<Explained>(`alerts/${encodeURIComponent(id)}?lines=${shownLines}`)
  const title = useRef<HTMLHeadingElement>(null)
  // Whoever came by keyboard or hears the page is taken along.
  useEffect(() => title.current?.focus({ preventScroll: true }), [])
  return (
    <section class="card detail" aria-labelledby="explain-title">
      <header>
        <h2 id="explain-title" ref={title} tabIndex={-1}>
          {w.explain.title}
        </h2>
        <span class="spacer" />
        <a class="button quiet" href={alertsHref()}>
          ✕ <span class="visually-hidden">{w.explain.back}</span>
        </a>
      </header>
      {data !== undefined ? (
        <Body explained={data} />
      ) : error === undefined ? (
        <Loading />
      ) : error.kind === "not_found" ? (
        <p class="state">{w.explain.missing}</p>
      ) : error.kind === "bad_request" ? (
        <p class="state">{w.explain.notAnId}</p>
      ) : (
        <Failed error={error} again={again} />
      )}
    </section>
  )
}

const Body = ({ explained }: { readonly explained: Explained }) => {
  const { alert, leastErrors, closedBy, course } = explained
  const key = keyOf(alert)
  const rate = percentText(language, alert.errors / alert.total_requests)
  const [startMs, endMs] = [Date.parse(alert.window.start), Date.parse(alert.window.end)]
  return (
    <>
      <p class="verdict">
        <span class="subject">
          {key === undefined ? (
            w.dimensionsMany.global
          ) : (
            <>
              <span class="dimension">{w.dimensions[dimensionOf(alert.type)]}</span> <Foreign text={key} />
            </>
          )}
        </span>{" "}
        <span class={`tag tag-${alert.severity.toLowerCase()}`}>
          {severityText(language, alert.severity, alert.total_requests)}
        </span>
      </p>
      <p>
        <strong>{w.explain.verdict(alert.errors, alert.total_requests, rate)}</strong>{" "}
        {typeof alert.threshold === "number"
          ? w.explain.plain(percentText(language, alert.threshold), leastErrors, alert.total_requests)
          : w.explain.tabled(leastErrors, alert.total_requests)}
      </p>
      <p class="dim">
        {w.explain.window} <TimeSpan fromMs={startMs} toMs={endMs} />
        {closedBy !== null && (
          <>
            {" · "}
            {w.explain.decided} {w.closedBy[closedBy]}
          </>
        )}
        {alert.seuils_revision !== undefined && <> · {w.explain.thresholdRevision(alert.seuils_revision)}</>}
      </p>
      {course.windows.length > 1 && (
        <>
          <h3>{key === undefined ? w.explain.courseGlobal : w.explain.course}</h3>
          <CourseChart course={course} startMs={startMs} />
          <p class="under dim">{course.from === "lines" ? w.explain.courseHint : w.explain.courseTop}</p>
        </>
      )}
      <Lines explained={explained} />
    </>
  )
}

const Lines = ({ explained }: { readonly explained: Explained }) => {
  const { alert, lines } = explained
  const { later } = lines
  const [onlyErrors, setOnlyErrors] = useState(false)
  const command = `chaussettes explain ${alert.id}`
  const shown = lines.shown.filter((l) => !onlyErrors || l.error)
  const said =
    lines.found === "all"
      ? w.explain.linesAgree(lines.total, lines.errors)
      : lines.found === "part"
        ? w.explain.linesPart(lines.total, alert.total_requests)
        : lines.found === "gone"
          ? w.explain.linesGone
          : w.explain.linesMany(alert.id)
  return (
    <>
      <header class="lines-header">
        <h3>{w.explain.lines}</h3>
        <span class="spacer" />
        {lines.shown.length > 0 && (
          <label class="check">
            <input type="checkbox" checked={onlyErrors} onChange={(e) => setOnlyErrors(e.currentTarget.checked)} />
            {w.explain.onlyErrors}
          </label>
        )}
      </header>
      <p class="dim">{said}</p>
      {lines.total > 0 && <p class="dim">{w.explain.byStatus(statusesText(language, lines.statuses))}</p>}
      {later.total > 0 && (
        <p class="dim">
          {w.explain.linesLater(
            later.total,
            later.errors,
            alert.errors + later.errors,
            alert.total_requests + later.total
          )}
        </p>
      )}
      {shown.length > 0 && <LineList name={w.explain.lines} lines={shown} />}
      {lines.shown.length < lines.total && (
        <p class="under dim">{w.explain.linesCut(lines.shown.length, lines.total, alert.id)}</p>
      )}
      <Command command={command} />
    </>
  )
}
