import { durationText } from "@chaussettes/presentation"
import type { IncidentView } from "@chaussettes/readmodel"
import type { ComponentChildren } from "preact"
import { language, w } from "../language.ts"
import { serverNowMs } from "../live.ts"
import { Time } from "../time.tsx"

const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
)

/** What is asked of an incident, in the order in which it is asked. */
export const Facts = ({ incident }: { readonly incident: IncidentView }) => {
  const { event, openedMs, closedMs } = incident
  const { rows } = w.incidents
  const lasts = durationText(language, Math.max(0, (closedMs ?? serverNowMs.value) - openedMs))
  const hurt = w.incidents.hurt(event)
  return (
    <dl class="facts">
      <Fact name={rows.what}>{w.incidents.whatAlone(event)}</Fact>
      <Fact name={rows.since}>
        <Time ms={openedMs} /> ({lasts})
      </Fact>
      {closedMs !== null && (
        <Fact name={rows.until}>
          <Time ms={closedMs} />
          {event.closed_why !== undefined && `${w.colon}${w.incidents.closedWhy[event.closed_why]}`}
        </Fact>
      )}
      {event.errors > 0 && (
        <Fact name={rows.hurt}>{[rows.requests(event.errors), ...(hurt === "" ? [] : [hurt])].join(" · ")}</Fact>
      )}
      {w.incidents.why(event) !== "" && <Fact name={rows.why}>{w.incidents.why(event)}</Fact>}
      {incident.isOpen && <Fact name={rows.next}>{w.incidents.next(event)}</Fact>}
    </dl>
  )
}
