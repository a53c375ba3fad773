import { type Dimension, shellWord } from "@chaussettes/domain"
import { actsWords } from "@chaussettes/presentation"
import { useEffect } from "preact/hooks"
import { language, w } from "../language.ts"
import { canAct, force, operator } from "../operator.ts"
import { Command } from "./command.tsx"
import { OperatorEntry } from "./operator-entry.tsx"
import { Outcome, useSaying } from "./saying.tsx"

type Props = { readonly dimension: Dimension; readonly value: number; readonly revision: number | undefined }

/** Puts what was tried in force, where the operator may through the page; else the command that does. */
export const ForceThreshold = ({ dimension, value, revision }: Props) => {
  const a = actsWords(language)
  const { said, waiting, say, forget } = useSaying()
  useEffect(forget, [value])
  if (canAct.value !== true || revision === undefined) {
    return (
      <>
        <p class="dim">{w.whatIf.force}</p>
        <Command command={`chaussettes thresholds set ${dimension} ${shellWord(`${value}`)}`} />
      </>
    )
  }
  if (operator.value === undefined) return <OperatorEntry />
  return (
    <p>
      <button
        type="button"
        class="button primary"
        disabled={waiting}
        onClick={() => say(() => force({ dimension, threshold: value, revision }), a.forced)}
      >
        {a.force}
      </button>{" "}
      <Outcome said={said} />
    </p>
  )
}
