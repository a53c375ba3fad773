import { percentText } from "@chaussettes/presentation"
import { headlineOf, type IncidentView, offClockOf, type Status } from "@chaussettes/readmodel"
import { incidentHref } from "../filters.ts"
import { language, w } from "../language.ts"
import { hrefOf } from "../router.ts"
import { Facts } from "./incident-facts.tsx"
import { IncidentList, MarkTags, SeverityTag } from "./incidents.tsx"
import { Said } from "./sentence.tsx"

/** Beside the worst one. */
const mostOthers = 4

/** What is wrong: the worst open incident with what to do, and the next ones. */
export const Now = ({ status }: { readonly status: Status }) => {
  const { open, openCount } = status.incidents
  const [worst, ...others] = open
  const { _tag: said } = headlineOf(status)
  const isNow = said === "Wrong" || said === "Quiet"
  return (
    <section class="card now" aria-labelledby="now-title">
      {worst === undefined || !isNow ? <h2 id="now-title">{w.incidents.noneOpen}</h2> : <Worst incident={worst} />}
      {isNow && others.length > 0 && <IncidentList incidents={others.slice(0, mostOthers)} />}
      {isNow && openCount > mostOthers + 1 && (
        <p class="row-link">
          <a href={hrefOf("/incidents")}>{w.incidents.others(openCount - mostOthers - 1)}</a>
        </p>
      )}
      <Fine status={status} />
    </section>
  )
}

const Worst = ({ incident }: { readonly incident: IncidentView }) => (
  <>
    <header>
      <h2 id="now-title">
        <a href={incidentHref(incident.id)}>
          <Said sentence={w.incidents.subject(incident.event)} />
        </a>
      </h2>
      <SeverityTag incident={incident} />
      <MarkTags incident={incident} />
    </header>
    <Facts incident={incident} />
  </>
)

/** What is in order, in one line. */
const Fine = ({ status }: { readonly status: Status }) => {
  const { detector, lagMessages, lastHour, recent, sources } = status
  const { fine } = w.incidents
  const late = lastHour.late + Object.values(lastHour.rejected).reduce((sum, n) => sum + (n ?? 0), 0)
  const sending = sources.filter(({ ended }) => !ended).length
  const parts = [
    ...(detector.state === "running" && detector.notReady.length === 0 ? [fine.detector] : []),
    ...(lagMessages === 0 ? [fine.read] : []),
    ...(recent !== null && late * 20 <= lastHour.requests && offClockOf(status).length === 0 ? [fine.verdicts] : []),
    ...(sending > 0 ? [fine.sources(sending)] : []),
    ...(lastHour.requests > 0 && lastHour.serverErrors * 100 <= lastHour.requests
      ? [fine.serverErrors(percentText(language, lastHour.serverErrors / lastHour.requests))]
      : [])
  ]
  if (parts.length === 0) return null
  return (
    <p class="fine">
      <strong>✓ {fine.title}</strong> {parts.join(" · ")}
    </p>
  )
}
