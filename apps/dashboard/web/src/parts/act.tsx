import { parseRfc3339 } from "@chaussettes/domain"
import { actsWords } from "@chaussettes/presentation"
import type { ActsResponse } from "../../../src/api/index.ts"
import { incidentHref } from "../filters.ts"
import { language, w } from "../language.ts"
import { serverNowMs } from "../live.ts"
import { operator, act as tell } from "../operator.ts"
import { Time } from "../time.tsx"
import { Foreign } from "./key-text.tsx"
import { Outcome, useSaying } from "./saying.tsx"

type Said = Omit<ActsResponse["acts"][number], "holds">

/** What a silence matches, in words. */
const Match = ({ match }: { readonly match: NonNullable<Said["match"]> }) => {
  const { kind, dimension, key } = match
  return (
    <>
      {kind !== undefined && `${w.incidents.kinds[kind]} `}
      {dimension !== undefined && `${w.incidents.names[dimension]} `}
      {key !== undefined && <Foreign text={key} />}
    </>
  )
}

/** What was said, about what, by whom, until when and why; and, for the operator, a way to take it back. */
export const Act = (props: {
  readonly act: Said
  /** Says also what it is about: where acts on many things stand together. */
  readonly withSubject?: boolean
  readonly onLifted?: () => void
}) => {
  const { act, withSubject = false, onLifted } = props
  const a = actsWords(language)
  const { said, waiting, say } = useSaying()
  const isSpan = act.type === "silence" || act.type === "maintenance"
  const lift = async () => {
    if (await say(() => tell({ type: "lift", lifts: act.id }))) onLifted?.()
  }
  return (
    <li>
      {isSpan && act.from !== undefined ? <Time ms={parseRfc3339(act.from)!} /> : <Time ms={parseRfc3339(act.at)!} />}
      {act.until !== undefined && (
        <>
          {" → "}
          <Time ms={parseRfc3339(act.until)!} />
        </>
      )}{" "}
      <strong>{a.types[act.type]}</strong>
      {isSpan && act.from !== undefined && parseRfc3339(act.from)! > serverNowMs.value && (
        <>
          {" "}
          <span class="tag">{a.toCome}</span>
        </>
      )}
      {isSpan && act.from !== undefined && parseRfc3339(act.from)! > serverNowMs.value && (
        <>
          {" "}
          <span class="tag">{a.toCome}</span>
        </>
      )}
      {withSubject && act.incident !== undefined && (
        <>
          {" "}
          <a href={incidentHref(act.incident)}>
            <Foreign text={act.incident} />
          </a>
        </>
      )}
      {withSubject && act.match !== undefined && (
        <>
          {w.colon}
          <Match match={act.match} />
        </>
      )}
      {withSubject && act.lifts !== undefined && (
        <>
          {w.colon}
          <Foreign text={act.lifts} />
        </>
      )}{" "}
      <span class="dim">
        {a.by("")}
        <Foreign text={act.by} />
      </span>
      {act.text !== undefined && (
        <>
          {w.colon}
          <Foreign text={act.text} />
        </>
      )}
      {onLifted !== undefined && operator.value !== undefined && (
        <>
          {" "}
          <button type="button" class="button" disabled={waiting} onClick={lift}>
            {isSpan ? a.lift : a.takeBack}
          </button>
        </>
      )}{" "}
      <Outcome said={said} />
    </li>
  )
}
