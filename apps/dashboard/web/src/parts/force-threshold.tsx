import { type Dimension, shellWord } from "@chaussettes/domain"
import { actsWords } from "@chaussettes/presentation"
import { useEffect, useState } from "preact/hooks"
import { language, w } from "../language.ts"
import { askWhetherCanAct, canAct, force, operator } from "../operator.ts"
import { Command } from "./command.tsx"
import { OperatorEntry } from "./operator-entry.tsx"

type Props = { readonly dimension: Dimension; readonly value: number; readonly revision: number | undefined }

/** Puts what was tried in force, where the operator may through the page; else the command that does. */
export const ForceThreshold = ({ dimension, value, revision }: Props) => {
  const a = actsWords(language)
  const [said, setSaid] = useState<{ readonly isBad: boolean; readonly text: string } | undefined>(undefined)
  const [waiting, setWaiting] = useState(false)
  useEffect(askWhetherCanAct, [])
  useEffect(() => setSaid(undefined), [value])
  if (canAct.value !== true || revision === undefined) {
    return (
      <>
        <p class="dim">{w.whatIf.force}</p>
        <Command command={`chaussettes thresholds set ${dimension} ${shellWord(`${value}`)}`} />
      </>
    )
  }
  if (operator.value === undefined) return <OperatorEntry />
  const put = async () => {
    setWaiting(true)
    try {
      await force({ dimension, threshold: value, revision })
      setSaid({ isBad: false, text: a.forced })
    } catch (error) {
      setSaid({ isBad: true, text: a.failed((error as Error).message) })
    } finally {
      setWaiting(false)
    }
  }
  return (
    <p>
      <button type="button" class="button primary" disabled={waiting} onClick={put}>
        {a.force}
      </button>{" "}
      {said !== undefined && (
        <span class={said.isBad ? "tone-bad" : "dim"} role={said.isBad ? "alert" : "status"}>
          {said.text}
        </span>
      )}
    </p>
  )
}
