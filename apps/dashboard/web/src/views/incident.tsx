import { type IncidentEvent, parseRfc3339 } from "@chaussettes/domain"
import type { IncidentView } from "@chaussettes/readmodel"
import { useEffect, useRef, useState } from "preact/hooks"
import type { IncidentActsResponse, IncidentResponse } from "../../../src/api/index.ts"
import { useAsk } from "../ask.ts"
import { w } from "../language.ts"
import { anew, incidentsHeard, status } from "../live.ts"
import { Act } from "../parts/act.tsx"
import { ActForm } from "../parts/act-form.tsx"
import { courseWords, IncidentChart } from "../parts/incident-chart.tsx"
import { Facts } from "../parts/incident-facts.tsx"
import { IncidentLines } from "../parts/incident-lines.tsx"
import { MarkTags, SeverityTag, StateTag } from "../parts/incidents.tsx"
import { Foreign } from "../parts/key-text.tsx"
import { Said } from "../parts/sentence.tsx"
import { Failed, Loading } from "../parts/states.tsx"
import { hrefOf } from "../router.ts"
import { Time } from "../time.tsx"

type Answer = Omit<IncidentResponse, "events"> & { readonly events: ReadonlyArray<IncidentEvent> }

/** One incident, at an address to share: what, since when, who, why, how it went, and the lines. */
export const IncidentPage = ({ id }: { readonly id: string }) => {
  const { data, error, again } = useAsk<Answer>(
    `v2/incidents/${encodeURIComponent(id)}`,
    `${anew.value}/${incidentsHeard.value}`
  )
  if (data !== undefined) return <Body answer={data} />
  if (error === undefined) return <Loading />
  if (error.kind === "not_found") return <p class="state">{w.incidents.missing}</p>
  if (error.kind === "bad_request") return <p class="state">{w.incidents.notAnId}</p>
  return <Failed error={error} again={again} />
}

/** The one that is told with every status is newer than what was asked for. */
const newestOf = (known: IncidentView): IncidentView =>
  status.value?.incidents.open.find(({ id }) => id === known.id) ?? known

const Body = ({ answer: { incident: known, events, course } }: { readonly answer: Answer }) => {
  const incident = known.isOpen ? newestOf(known) : known
  const { event } = incident
  const title = useRef<HTMLHeadingElement>(null)
  // Whoever came by keyboard or hears the page is taken along.
  useEffect(() => title.current?.focus({ preventScroll: true }), [])
  return (
    <>
      <section class="card" aria-labelledby="incident-title">
        <header>
          <h2 id="incident-title" ref={title} tabIndex={-1}>
            <Said sentence={w.incidents.subject(event)} />
          </h2>
          <StateTag incident={incident} />
          <SeverityTag incident={incident} />
          <MarkTags incident={incident} />
          <span class="spacer" />
          <a class="button quiet" href={hrefOf("/incidents")}>
            {w.incidents.back}
          </a>
        </header>
        <Facts incident={incident} />
        <p class="under dim">
          {w.incidents.rows.certificate}
          {w.colon}
          {w.incidents.certificate(event)} {w.incidents.learnt(event.certificate.learnt_through)}
        </p>
      </section>
      <section class="card" aria-labelledby="course-title">
        <h2 id="course-title">
          {w.incidents.usual(event) === "" ? w.incidents.course.requestsTitle : w.incidents.course.title}
        </h2>
        <IncidentChart
          windows={course.windows}
          event={event}
          openedMs={incident.openedMs}
          closedMs={incident.closedMs}
        />
        <p class="under dim">
          {courseWords(event, course.windows)} {course.isCut && w.incidents.course.cut}
        </p>
      </section>
      <div class="columns">
        <Timeline events={events} />
        <Victims event={event} openedMs={incident.openedMs} closedMs={incident.closedMs} />
      </div>
      <IncidentLines id={incident.id} />
      <section class="card" aria-labelledby="acts-title">
        <h2 id="acts-title">{w.incidents.acts}</h2>
        <Acts id={incident.id} />
      </section>
    </>
  )
}

/** What people said, where this viewer may see it, and what they may say. */
const Acts = ({ id }: { readonly id: string }) => {
  const [done, setDone] = useState(0)
  const again = () => setDone((n) => n + 1)
  const { data } = useAsk<IncidentActsResponse>(
    `v2/incidents/${encodeURIComponent(id)}/acts`,
    `${done}/${incidentsHeard.value}`,
    true
  )
  return (
    <>
      {data !== undefined && (
        <ul class="timeline">
          {data.acknowledged !== null && <Act act={data.acknowledged} onLifted={again} />}
          {data.silenced !== null && <Act act={data.silenced} onLifted={again} />}
          {data.notes.map((note) => (
            <Act key={note.id} act={note} onLifted={again} />
          ))}
        </ul>
      )}
      <ActForm incident={id} onDone={again} />
    </>
  )
}

/** What was told, and when: how many had failed by then, and which cause it had. */
const Timeline = ({ events }: { readonly events: ReadonlyArray<IncidentEvent> }) => {
  const beganMs = parseRfc3339(events[0]!.opened_at)!
  return (
    <section class="card" aria-labelledby="timeline-title">
      <h2 id="timeline-title">{w.incidents.timeline.title}</h2>
      <ol class="timeline">
        <li>
          <Time ms={beganMs} /> <strong>{w.incidents.timeline.began}</strong>
        </li>
        {events.map((event) => {
          const ms = parseRfc3339(event.timestamp)!
          return (
            <li key={`${event.timestamp} ${event.type}`}>
              <Time ms={ms} /> <strong>{w.incidents.types[event.type]}</strong>{" "}
              <span class="dim">{w.incidents.timeline.lasts(ms - beganMs)}</span>
              {event.type === "changed-cause" && (
                <>
                  {w.colon}
                  {w.incidents.timeline.cause}
                  <Said sentence={w.incidents.subject(event)} />
                </>
              )}
              {event.closed_why !== undefined && `${w.colon}${w.incidents.closedWhy[event.closed_why]}`}
              {event.errors > 0 && (
                <span class="dim"> · {w.incidents.timeline.told(event.errors, event.requests)}</span>
              )}
            </li>
          )
        })}
      </ol>
    </section>
  )
}

const Victims = (props: {
  readonly event: IncidentEvent
  readonly openedMs: number
  readonly closedMs: number | null
}) => {
  const { cause, victims } = props.event
  const words = w.incidents.victims
  const more = cause.key_count - cause.keys.length
  const evidence =
    cause.dimension === "network"
      ? undefined
      : hrefOf("/alerts", {
          dimension: cause.dimension,
          key: cause.key?.slice(0, 200),
          from: String(props.openedMs),
          to: String(props.closedMs ?? status.value?.newest?.endMs ?? props.openedMs + 3_600_000)
        })
  return (
    <section class="card" aria-labelledby="victims-title">
      <h2 id="victims-title">{words.title}</h2>
      <ul class="causes">
        {cause.keys.length === 0 ? (
          <li>
            <Said sentence={w.incidents.subject(props.event)} />
          </li>
        ) : (
          cause.keys.map((key) => (
            <li key={key}>
              <span class="dimension">{w.incidents.names[cause.dimension]}</span> <Foreign text={key} />
            </li>
          ))
        )}
        {more > 0 && <li class="dim">{words.keys(more)}</li>}
      </ul>
      <p class="dim">
        {w.incidents.share(cause.share)} {words.share}
      </p>
      <p>{victims.url + victims.ip + victims.network === 0 ? words.none : words.of(victims)}</p>
      {evidence !== undefined && (
        <p class="under">
          <a href={evidence}>{words.alerts}</a>
        </p>
      )}
    </section>
  )
}
