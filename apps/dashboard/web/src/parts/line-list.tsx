import type { ExplainResponse } from "../../../src/api/index.ts"
import { w } from "../language.ts"
import { Time } from "../time.tsx"
import { Foreign } from "./key-text.tsx"

/** Lines as they were sent, with when and by whom. */
export const LineList = (props: { readonly name: string; readonly lines: ExplainResponse["lines"]["shown"] }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
  <section class="lines" aria-label={props.name} tabIndex={0}>
    <ol>
      {props.lines.map((line) => (
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
)
