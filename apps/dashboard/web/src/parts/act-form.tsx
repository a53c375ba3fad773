import { shellWord } from "@chaussettes/domain"
import { actsWords } from "@chaussettes/presentation"
import { useState } from "preact/hooks"
import type { ActRequest } from "../../../src/api/index.ts"
import { language } from "../language.ts"
import { act, canAct, operator } from "../operator.ts"
import { Command } from "./command.tsx"
import { OperatorEntry } from "./operator-entry.tsx"
import { Outcome, useSaying } from "./saying.tsx"

const hourMs = 3_600_000

/** An act on one incident, without who says it. */
const silenceOf = (incident: string, hours: number): Omit<ActRequest, "by"> => {
  const nowMs = Date.now()
  const time = (ms: number) => new Date(ms).toISOString()
  return { type: "silence", incident, from: time(nowMs), until: time(nowMs + hours * hourMs) }
}

/** Where nobody may act through the page: the commands that do the same. */
const Commands = ({ incident }: { readonly incident: string }) => {
  const a = actsWords(language)
  const id = shellWord(incident)
  return (
    <dl class="acts-commands">
      <dt>{a.acknowledge}</dt>
      <dd>
        <Command command={`chaussettes incidents ack ${id}`} />
      </dd>
      <dt>
        {a.silenceFor} {a.spans.eightHours}
      </dt>
      <dd>
        <Command command={`chaussettes incidents silence ${id} --for 8h`} />
      </dd>
      <dt>{a.note}</dt>
      <dd>
        <Command command={`chaussettes incidents note ${id} '…'`} />
      </dd>
    </dl>
  )
}

/** What a person may say about one incident: acknowledge it, silence it for a while, note something. */
export const ActForm = ({ incident, onDone }: { readonly incident: string; readonly onDone?: () => void }) => {
  const a = actsWords(language)
  const { said, waiting, say } = useSaying()
  const [note, setNote] = useState("")
  if (canAct.value === undefined) return null
  if (!canAct.value) return <Commands incident={incident} />
  if (operator.value === undefined) return <OperatorEntry />
  const tell = async (what: Omit<ActRequest, "by">) => {
    if (!(await say(() => act(what)))) return
    if (what.type === "note") setNote("")
    onDone?.()
  }
  const button = (text: string, what: () => Omit<ActRequest, "by">) => (
    <button type="button" class="button" disabled={waiting} onClick={() => tell(what())}>
      {text}
    </button>
  )
  return (
    <div class="act-form">
      <p class="act-buttons">
        {button(a.acknowledge, () => ({ type: "acknowledge", incident }))}
        <span class="dim">{a.silenceFor}</span>
        {button(a.spans.hour, () => silenceOf(incident, 1))}
        {button(a.spans.eightHours, () => silenceOf(incident, 8))}
        {button(a.spans.day, () => silenceOf(incident, 24))}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void tell({ type: "note", incident, text: note })
        }}
      >
        <label>
          {a.note}
          <input
            type="text"
            name="note"
            maxLength={1_000}
            required
            placeholder={a.noteHint}
            value={note}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button" disabled={waiting}>
          {a.send}
        </button>
      </form>
      <Outcome said={said} />
    </div>
  )
}
