import { statusesText } from "@chaussettes/presentation"
import type { ExploreResponse } from "../../../src/api/index.ts"
import { language, w } from "../language.ts"
import { setQuery } from "../router.ts"
import { utcText } from "../time.tsx"
import { Export } from "./export.tsx"
import { LineList } from "./line-list.tsx"

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
          <LineList name={w.explore.lines} lines={lines} />
        </>
      )}
    </section>
  )
}
