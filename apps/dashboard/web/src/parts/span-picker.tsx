import { durationText } from "@chaussettes/presentation"
import { language, w } from "../language.ts"
import { lostSinceMs } from "../live.ts"
import { goLive, look, moveBy, pickSpan, range, type SpanName, span, spansMs, zoomBy } from "../span.ts"
import { TimeSpan } from "../time.tsx"

/** Which stretch of time, and whether it moves: shared by all views. */
export const SpanPicker = () => {
  const s = span.value
  const { fromMs, toMs } = range.value
  const live = s._tag === "Live"
  return (
    <fieldset class="spans" aria-label={w.spanLabel}>
      <div class="segments">
        {(Object.keys(spansMs) as ReadonlyArray<SpanName>).map((name) => (
          <button key={name} type="button" aria-pressed={live && s.name === name} onClick={() => pickSpan(name)}>
            {w.spans[name]}
          </button>
        ))}
      </div>
      <div class="segments">
        <button type="button" onClick={() => moveBy(-0.5)} aria-label={w.chart.earlier} title={w.chart.earlier}>
          ←
        </button>
        <button type="button" onClick={() => zoomBy(2)} aria-label={w.chart.zoomOut} title={w.chart.zoomOut}>
          −
        </button>
        <button type="button" onClick={() => zoomBy(0.5)} aria-label={w.chart.zoomIn} title={w.chart.zoomIn}>
          +
        </button>
        <button
          type="button"
          onClick={() => moveBy(0.5)}
          disabled={live}
          aria-label={w.chart.later}
          title={w.chart.later}
        >
          →
        </button>
      </div>
      {live ? (
        <button type="button" class="button live" onClick={() => look(fromMs, toMs)} title={w.chart.pause}>
          <span class={lostSinceMs.value === undefined ? "pulse" : "pulse still"} aria-hidden="true" /> {w.chart.live}
          <span class="visually-hidden"> – {w.chart.pause}</span>
        </button>
      ) : (
        <>
          <button type="button" class="button primary" onClick={goLive}>
            ▶ {w.chart.resume}
          </button>
          <span class="fixed">
            <TimeSpan fromMs={fromMs} toMs={toMs} /> <span class="dim">({durationText(language, toMs - fromMs)})</span>
          </span>
        </>
      )}
    </fieldset>
  )
}
