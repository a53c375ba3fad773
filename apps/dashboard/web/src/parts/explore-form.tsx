import type { KeyDimension } from "@chaussettes/domain"
import { percentText } from "@chaussettes/presentation"
import type { ComponentChildren } from "preact"
import type { Counting } from "../count.ts"
import { classes, type ErrorClass } from "../course.ts"
import { language, w } from "../language.ts"
import { setQuery } from "../router.ts"
import { Failed } from "./states.tsx"

/** By what the span is looked at, and whether its lines are counted. */
export const ExploreForm = (props: {
  readonly dimension: KeyDimension | undefined
  readonly dimensions: ReadonlyArray<KeyDimension>
  readonly keyText: string | undefined
  readonly errors: ErrorClass
  readonly counts: boolean
  readonly counting: Counting
  readonly missing: number
  readonly span: ComponentChildren
  readonly start: () => void
  readonly stop: () => void
}) => {
  const { dimension, counting, counts } = props
  const { progress, error } = counting
  return (
    <section class="card explore-form" aria-label={w.explore.by}>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault()
          const key = new FormData(event.currentTarget).get("key")
          setQuery({ key: typeof key === "string" && key.trim() !== "" ? key.trim() : undefined })
        }}
      >
        <label>
          <span>{w.alerts.dimension}</span>
          <select
            value={dimension ?? ""}
            onChange={(e) => setQuery({ dimension: e.currentTarget.value || undefined, key: undefined })}
          >
            <option value="">{w.dimensionsMany.global}</option>
            {props.dimensions.map((name) => (
              <option key={name} value={name}>
                {w.dimensions[name]}
              </option>
            ))}
          </select>
        </label>
        {dimension !== undefined && (
          <label class="grow">
            <span>{w.explore.whole}</span>
            <input
              type="search"
              name="key"
              key={props.keyText ?? ""}
              defaultValue={props.keyText ?? ""}
              maxLength={2_000}
              placeholder={w.explore.anyKey}
            />
          </label>
        )}
        <label>
          <span>{w.explore.class}</span>
          <select value={props.errors} onChange={(e) => setQuery({ class: e.currentTarget.value })}>
            {classes.map((name) => (
              <option key={name} value={name}>
                {w.explore.classes[name]}
              </option>
            ))}
          </select>
        </label>
      </form>
      <div class="count">
        <p class="dim" aria-live="polite">
          {progress !== undefined ? (
            <>
              {w.explore.counting} {percentText(language, Math.floor(progress * 100) / 100)}
              <progress max="1" value={progress} aria-label={w.explore.counting} />
            </>
          ) : props.span !== undefined ? (
            <>
              {w.whatIf.countedFor}
              {props.span}. {props.missing > 0 && w.whatIf.gone(props.missing)}
            </>
          ) : (
            w.explore.needs
          )}
        </p>
        {progress !== undefined ? (
          <button type="button" class="button" onClick={props.stop}>
            {w.explore.stop}
          </button>
        ) : (
          <>
            <button type="button" class={counts ? "button" : "button primary"} onClick={props.start}>
              {counts ? w.whatIf.again : w.whatIf.count}
            </button>
            {counts && (
              <button type="button" class="button quiet" onClick={props.stop}>
                {w.explore.forget}
              </button>
            )}
          </>
        )}
      </div>
      {error !== undefined &&
        (error.kind === "too_much" ? (
          <p class="state" role="alert">
            {w.explore.tooMuch(error.lines ?? 0)}
          </p>
        ) : error.kind === "busy" ? (
          <p class="state" role="alert">
            {w.whatIf.busy}
          </p>
        ) : (
          <Failed error={error} again={props.start} />
        ))}
    </section>
  )
}
