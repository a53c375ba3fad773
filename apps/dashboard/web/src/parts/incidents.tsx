import { visibleText } from "@chaussettes/domain"
import { actsWords, durationText } from "@chaussettes/presentation"
import { type IncidentView, isQuiet } from "@chaussettes/readmodel"
import { incidentHref } from "../filters.ts"
import { language, w } from "../language.ts"
import { serverNowMs } from "../live.ts"
import { Time, timeText } from "../time.tsx"
import { Said } from "./sentence.tsx"

export const SeverityTag = ({ incident: { event } }: { readonly incident: IncidentView }) => (
  <span class={`tag tag-${event.severity.toLowerCase()}`}>{w.incidents.severities[event.severity]}</span>
)

export const StateTag = ({ incident }: { readonly incident: IncidentView }) => (
  <span class={`tag ${incident.isOpen && !isQuiet(incident) ? "tag-open" : ""}`}>
    {incident.isOpen ? w.alerts.open : w.alerts.closed}
  </span>
)

/** What people said of it: who takes care of it, and until when nobody is told of it. */
export const MarkTags = ({ incident: { marks } }: { readonly incident: IncidentView }) => {
  const a = actsWords(language)
  if (marks === undefined) return null
  const { acknowledged, quiet } = marks
  return (
    <>
      {acknowledged !== null && (
        <span class="tag tag-good">{a.acknowledgedBy(acknowledged.by && visibleText(acknowledged.by))}</span>
      )}
      {quiet !== null && <span class="tag">{a.quietUntil(quiet.type, timeText(quiet.untilMs))}</span>}
    </>
  )
}

/** One incident a row: who or what, what happens, since when, who is hurt. */
const IncidentRow = ({ incident }: { readonly incident: IncidentView }) => {
  const { event, isOpen, openedMs, closedMs } = incident
  const hurt = w.incidents.hurt(event)
  return (
    <li class={`row severity-${isQuiet(incident) ? "low" : event.severity.toLowerCase()}${isOpen ? " open" : ""}`}>
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
          <MarkTags incident={incident} />
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
