import type { ComponentChildren } from "preact"
import type { AskError } from "../ask.ts"
import { w } from "../language.ts"

export const Loading = () => (
  <div class="state" aria-busy="true">
    <span class="spinner" aria-hidden="true" />
    {w.states.loading}
  </div>
)

/** The browser's own words for a server that is away are none for people. */
const whyOf = ({ kind, message }: AskError): string => (kind === "network" ? w.states.network : message)

export const Failed = ({ error, again }: { readonly error: AskError; readonly again: () => void }) => (
  <div class="state failed" role="alert">
    <p>{w.states.failed(whyOf(error))}</p>
    <button type="button" class="button" onClick={again}>
      {w.states.again}
    </button>
  </div>
)

export const Empty = ({ children }: { readonly children: ComponentChildren }) => (
  <div class="state empty">{children}</div>
)

/** Before the first window: how lines come in. */
export const NoData = () => (
  <section class="card no-data">
    <h2>{w.states.noData}</h2>
    <p>{w.states.noDataHow}</p>
    <pre>
      <code>
        {"chaussettes generate --rate 50\nchaussettes replay access.log\ntail -F access.log | chaussettes replay -"}
      </code>
    </pre>
  </section>
)
