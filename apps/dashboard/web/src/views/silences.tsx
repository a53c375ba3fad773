import { type IncidentKind, incidentKinds, parseRfc3339, shellWord } from "@chaussettes/domain"
import { actsWords } from "@chaussettes/presentation"
import { useState } from "preact/hooks"
import type { ActRequest, ActsResponse } from "../../../src/api/index.ts"
import { useAsk } from "../ask.ts"
import { language, w } from "../language.ts"
import { incidentsHeard, serverNowMs } from "../live.ts"
import { act, canAct, operator } from "../operator.ts"
import { Act } from "../parts/act.tsx"
import { Command } from "../parts/command.tsx"
import { OperatorEntry } from "../parts/operator-entry.tsx"
import { Outcome, useSaying } from "../parts/saying.tsx"
import { Empty, Failed, Loading } from "../parts/states.tsx"
import { hrefOf } from "../router.ts"
import { zonedMs } from "../time.tsx"

const a = actsWords(language)
const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** How long it may last, with how the command says it. */
const spans = {
  "30m": [a.spans.halfHour, 30 * minuteMs],
  "1h": [a.spans.hour, hourMs],
  "4h": [a.spans.fourHours, 4 * hourMs],
  "8h": [a.spans.eightHours, 8 * hourMs],
  "1d": [a.spans.day, 24 * hourMs],
  "7d": [a.spans.week, 168 * hourMs]
} as const
type SpanName = keyof typeof spans

type About = keyof typeof a.abouts

/** What somebody is about to declare. */
interface Draft {
  readonly about: About
  readonly key: string
  readonly kind: IncidentKind
  /** In the zone of the page; empty for now. */
  readonly from: string
  readonly span: SpanName
  readonly text: string
}

const empty: Draft = { about: "everything", key: "", kind: "client-errors", from: "", span: "1h", text: "" }

/** The act, without who says it. */
const actOf = ({ about, key, kind, from, span, text }: Draft, nowMs: number): Omit<ActRequest, "by"> => {
  const fromMs = zonedMs(from) ?? nowMs
  return {
    ...(about === "everything"
      ? { type: "maintenance" }
      : { type: "silence", match: about === "key" ? { key: key.trim() } : { kind } }),
    from: new Date(fromMs).toISOString(),
    until: new Date(fromMs + spans[span][1]).toISOString(),
    ...(text.trim() === "" ? {} : { text: text.trim() })
  }
}

/** The command that does the same, where nobody may act through the page. */
const commandOf = ({ about, key, kind, from, span, text }: Draft): string => {
  const fromMs = zonedMs(from)
  return [
    "chaussettes incidents",
    about === "everything"
      ? "maintenance"
      : about === "key"
        ? `silence --key ${shellWord(key.trim() === "" ? "/url" : key.trim())}`
        : `silence --kind ${kind}`,
    ...(fromMs === undefined ? [] : [`--from ${new Date(fromMs).toISOString()}`]),
    `--for ${span}`,
    ...(text.trim() === "" ? [] : [`--note ${shellWord(text.trim())}`])
  ].join(" ")
}

const Declare = ({ onDone }: { readonly onDone: () => void }) => {
  const [draft, setDraft] = useState(empty)
  const { said, waiting, say } = useSaying()
  const set = (change: Partial<Draft>) => setDraft((known) => ({ ...known, ...change }))
  const declare = async (event: SubmitEvent) => {
    event.preventDefault()
    if (!(await say(() => act(actOf(draft, Math.round(serverNowMs.value)))))) return
    setDraft(empty)
    onDone()
  }
  return (
    <form class="act-form" onSubmit={declare}>
      <div class="act-fields">
        <label>
          {a.about}
          <select value={draft.about} onChange={(e) => set({ about: e.currentTarget.value as About })}>
            {(Object.keys(a.abouts) as ReadonlyArray<About>).map((about) => (
              <option key={about} value={about}>
                {a.abouts[about]}
              </option>
            ))}
          </select>
        </label>
        {draft.about === "key" && (
          <label>
            {w.incidents.key}
            <input
              type="text"
              name="key"
              required
              maxLength={2_048}
              placeholder="/beta, 203.0.113.0/24"
              value={draft.key}
              onInput={(e) => set({ key: e.currentTarget.value })}
            />
          </label>
        )}
        {draft.about === "kind" && (
          <label>
            {w.incidents.kind}
            <select value={draft.kind} onChange={(e) => set({ kind: e.currentTarget.value as IncidentKind })}>
              {incidentKinds.map((kind) => (
                <option key={kind} value={kind}>
                  {w.incidents.kinds[kind]}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          {a.begins}
          <input type="datetime-local" value={draft.from} onInput={(e) => set({ from: e.currentTarget.value })} />
        </label>
        <label>
          {a.lasts}
          <select value={draft.span} onChange={(e) => set({ span: e.currentTarget.value as SpanName })}>
            {(Object.keys(spans) as ReadonlyArray<SpanName>).map((span) => (
              <option key={span} value={span}>
                {spans[span][0]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {a.why}
          <input
            type="text"
            name="why"
            maxLength={1_000}
            placeholder={a.noteHint}
            value={draft.text}
            onInput={(e) => set({ text: e.currentTarget.value })}
          />
        </label>
      </div>
      {canAct.value === false ? (
        <Command command={commandOf(draft)} />
      ) : operator.value === undefined ? null : (
        <p class="act-buttons">
          <button type="submit" class="button primary" disabled={waiting}>
            {draft.about === "everything" ? a.declareMaintenance : a.silence}
          </button>
          <Outcome said={said} />
        </p>
      )}
    </form>
  )
}

const isSpan = ({ type }: ActsResponse["acts"][number]): boolean => type === "silence" || type === "maintenance"

/** What is silenced, now or later, for how long and why; and the place to silence something, or to take it back. */
export const Silences = () => {
  const [done, setDone] = useState(0)
  const onDone = () => setDone((n) => n + 1)
  const { data, error, again } = useAsk<ActsResponse>("v2/acts", `${done}/${incidentsHeard.value}`)
  if (error !== undefined && data === undefined) return <Failed error={error} again={again} />
  if (data === undefined) return <Loading />
  const isOver = ({ until }: ActsResponse["acts"][number]) => parseRfc3339(until ?? "")! <= serverNowMs.value
  const inForce = data.acts.filter((said) => isSpan(said) && said.holds && !isOver(said))
  const others = data.acts.filter((said) => !inForce.includes(said))
  return (
    <>
      <section class="card" aria-labelledby="acts-in-force">
        <header>
          <h2 id="acts-in-force">{a.inForce(inForce.length)}</h2>
          <span class="spacer" />
          <a class="button quiet" href={hrefOf("/incidents")}>
            {w.incidents.back}
          </a>
        </header>
        {inForce.length === 0 ? (
          <Empty>{a.noneInForce}</Empty>
        ) : (
          <ul class="timeline">
            {inForce.map((said) => (
              <Act key={said.id} act={said} withSubject onLifted={onDone} />
            ))}
          </ul>
        )}
      </section>
      <section class="card" aria-labelledby="acts-declare">
        <h2 id="acts-declare">{a.declare}</h2>
        <p class="dim">{a.declareHint}</p>
        {canAct.value === true && operator.value === undefined && <OperatorEntry />}
        <Declare onDone={onDone} />
      </section>
      <section class="card" aria-labelledby="acts-history">
        <h2 id="acts-history">{a.history}</h2>
        {others.length === 0 ? (
          <Empty>{a.noHistory}</Empty>
        ) : (
          <ul class="timeline">
            {others.map((said) => (
              <Act
                key={said.id}
                act={said}
                withSubject
                {...(said.holds && said.type !== "lift" && !isSpan(said) ? { onLifted: onDone } : {})}
              />
            ))}
          </ul>
        )}
        {data.left > 0 && <p class="under dim">{a.left(data.left)}</p>}
      </section>
    </>
  )
}
