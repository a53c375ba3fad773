import { shellWord } from "@chaussettes/domain"
import { actsWords } from "@chaussettes/presentation"
import { useEffect, useState } from "preact/hooks"
import type { ActRequest } from "../../../src/api.ts"
import { language } from "../language.ts"
import { act, askWhetherCanAct, canAct, operator } from "../operator.ts"
import { Command } from "./command.tsx"
import { OperatorEntry } from "./operator-entry.tsx"

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

/**
 * What a person may say about one incident: acknowledge it, silence it for a while, note something.
 * @public
 */
export const ActForm = ({ incident, onDone }: { readonly incident: string; readonly onDone?: () => void }) => {
  const a = actsWords(language)
  const [said, setSaid] = useState<{ readonly isBad: boolean; readonly text: string } | undefined>(undefined)
  const [note, setNote] = useState("")
  const [waiting, setWaiting] = useState(false)
  useEffect(askWhetherCanAct, [])
  if (canAct.value === undefined) return null
  if (!canAct.value) return <Commands incident={incident} />
  if (operator.value === undefined) return <OperatorEntry />
  const say = async (what: Omit<ActRequest, "by">) => {
    setWaiting(true)
    try {
      await act(what)
      setSaid({ isBad: false, text: a.done })
      if (what.type === "note") setNote("")
      onDone?.()
    } catch (error) {
      setSaid({ isBad: true, text: a.failed((error as Error).message) })
    } finally {
      setWaiting(false)
    }
  }
  const button = (text: string, what: () => Omit<ActRequest, "by">) => (
    <button type="button" class="button" disabled={waiting} onClick={() => say(what())}>
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
          void say({ type: "note", incident, text: note })
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
      {said !== undefined && (
        <p class={said.isBad ? "tone-bad" : "dim"} role={said.isBad ? "alert" : "status"}>
          {said.text}
        </p>
      )}
    </div>
  )
}
