import { bySight, countText, durationText, type Incident, percentText } from "@chaussettes/view"
import { language, w } from "../language.ts"
import { serverNowMs } from "../live.ts"
import { hrefOf, path } from "../router.ts"
import { Time } from "../time.tsx"
import { Foreign } from "./key-text.tsx"

const Subject = ({ incident }: { readonly incident: Incident }) =>
  incident.key === null ? (
    <span>{w.dimensionsMany.global}</span>
  ) : (
    <>
      <span class="dimension">{w.dimensions[incident.dimension]}</span> <Foreign text={incident.key} />
    </>
  )

/** One event a row: who or what, since when, how bad. */
export const IncidentRow = ({ incident }: { readonly incident: Incident }) => {
  const until = incident.open ? serverNowMs.value : incident.lastMs
  const target = incident.open ? incident.lastId : incident.worstId
  const selected = path.value === `/alerts/${target}`
  return (
    <li class={`row severity-${incident.severity.toLowerCase()}${incident.open ? " open" : ""}`}>
      <a href={hrefOf(`/alerts/${target}`)} aria-current={selected ? "true" : undefined}>
        <span class="row-main">
          <span class="subject">
            <Subject incident={incident} />
          </span>
          <span class="rate">{percentText(language, incident.errors / incident.requests)}</span>
        </span>
        <span class="row-more">
          <span class={`tag ${incident.open ? "tag-open" : ""}`}>
            {incident.open ? w.alerts.open : w.alerts.closed}
          </span>
          <span class={`tag tag-${incident.severity.toLowerCase()}`}>{w.severities[incident.severity]}</span>
          <span>
            <Time ms={incident.openedMs} /> · {durationText(language, Math.max(0, until - incident.openedMs))}
          </span>
          <span>{w.alerts.alertsOf(incident.alerts)}</span>
          <span>{w.alerts.requestsOf(incident.errors, incident.requests)}</span>
        </span>
      </a>
    </li>
  )
}

export const IncidentList = ({
  incidents,
  most
}: {
  readonly incidents: ReadonlyArray<Incident>
  readonly most?: number
}) => (
  <ul class="rows">
    {[...incidents]
      .sort(bySight)
      .slice(0, most ?? incidents.length)
      .map((incident) => (
        <IncidentRow key={incident.id} incident={incident} />
      ))}
    {most !== undefined && incidents.length > most && (
      <li class="row-link">
        <a href={hrefOf("/alerts")}>+ {countText(language, incidents.length - most)}</a>
      </li>
    )}
  </ul>
)
