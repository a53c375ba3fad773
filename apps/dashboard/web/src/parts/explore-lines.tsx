import { statusesText } from "@chaussettes/presentation"
import type { ExploreResponse } from "../../../src/api.ts"
import { language, w } from "../language.ts"
import { setQuery } from "../router.ts"
import { Time, utcText } from "../time.tsx"
import { Export } from "./export.tsx"
import { Foreign } from "./key-text.tsx"

const columns = ["time", "source", "message", "line", "status", "error", "text"]

/** The lines themselves, errors first: asked for, since who sees counts may not be one who sees lines. */
export const ExploreLines = (props: {
  readonly name: string
  readonly wanted: boolean
  readonly counts: boolean
  readonly counted: ExploreResponse | undefined
}) => {
  const { counted, wanted, counts } = props
  if (!counts) return null
  const lines = counted?.lines ?? []
  const rows = lines.map((l) => [utcText(l.timeMs), l.source, l.seq, l.line, l.status, l.error ? 1 : 0, l.text])
  return (
    <section class="card" aria-labelledby="explore-lines">
      <header>
        <h2 id="explore-lines">{w.explore.lines}</h2>
        <span class="spacer" />
        {!wanted && (
          <button type="button" class="button" onClick={() => setQuery({ show: "lines" })}>
            {w.explore.showLines}
          </button>
        )}
        {wanted && <Export name={`${props.name}-lines`} of={w.explore.lines} table={{ columns, rows }} />}
      </header>
      {counted !== undefined && <p class="dim">{w.explain.byStatus(statusesText(language, counted.statuses))}</p>}
      {lines.length > 0 && (
        <>
          <p class="dim">{w.explore.shown(lines.length, counted!.total)}</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
          <section class="lines" aria-label={w.explore.lines} tabIndex={0}>
            <ol>
              {lines.map((line) => (
                <li key={`${line.seq}.${line.line}`} class={line.error ? "error" : ""}>
                  <span class="where" title={`${line.source} · ${w.explain.seq} ${line.seq}`}>
                    <Time ms={line.timeMs} />
                  </span>
                  <span class="status-code">
                    {line.status}
                    {line.error && <span class="visually-hidden"> {w.explain.error}</span>}
                  </span>
                  <Foreign text={line.text} code />
                </li>
              ))}
            </ol>
          </section>
        </>
      )}
    </section>
  )
}
