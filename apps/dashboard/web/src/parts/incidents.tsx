import { durationText } from "@chaussettes/presentation"
import type { IncidentView } from "@chaussettes/readmodel"
import { incidentHref } from "../filters.ts"
import { language, w } from "../language.ts"
import { serverNowMs } from "../live.ts"
import { Time } from "../time.tsx"
import { Said } from "./sentence.tsx"

export const SeverityTag = ({ incident: { event } }: { readonly incident: IncidentView }) => (
  <span class={`tag tag-${event.severity.toLowerCase()}`}>{w.incidents.severities[event.severity]}</span>
)

export const StateTag = ({ incident: { isOpen } }: { readonly incident: IncidentView }) => (
  <span class={`tag ${isOpen ? "tag-open" : ""}`}>{isOpen ? w.alerts.open : w.alerts.closed}</span>
)

/** One incident a row: who or what, what happens, since when, who is hurt. */
const IncidentRow = ({ incident }: { readonly incident: IncidentView }) => {
  const { event, isOpen, openedMs, closedMs } = incident
  const hurt = w.incidents.hurt(event)
  return (
    <li class={`row severity-${event.severity.toLowerCase()}${isOpen ? " open" : ""}`}>
      <a href={incidentHref(incident.id)}>
        <span class="row-main">
          <span class="subject">
            <Said sentence={w.incidents.subject(event)} />
          </span>
        </span>
        <span class="row-what">{w.incidents.whatAlone(event)}</span>
        <span class="row-more">
          <StateTag incident={incident} />
          <SeverityTag incident={incident} />
          <span>
            <Time ms={openedMs} /> · {durationText(language, Math.max(0, (closedMs ?? serverNowMs.value) - openedMs))}
          </span>
          {hurt !== "" && <span>{hurt}</span>}
        </span>
      </a>
    </li>
  )
}

/** In the order in which they were answered: the most important ones first. */
export const IncidentList = ({ incidents }: { readonly incidents: ReadonlyArray<IncidentView> }) => (
  <ul class="rows">
    {incidents.map((incident) => (
      <IncidentRow key={incident.id} incident={incident} />
    ))}
  </ul>
)
