import { actsWords } from "@chaussettes/presentation"
import { useEffect, useState } from "preact/hooks"
import { language } from "../language.ts"
import { askWhetherCanAct } from "../operator.ts"

interface Saying {
  readonly waiting: boolean
  /** Whether it was done, or why not; undefined before. */
  readonly said: { readonly isBad: boolean; readonly text: string } | undefined
  /** Does it, and answers whether it is done. */
  readonly say: (what: () => Promise<unknown>, done?: string) => Promise<boolean>
  readonly forget: () => void
}

/** What the operator does on the page: one thing at a time, and what became of it. */
export const useSaying = (): Saying => {
  const a = actsWords(language)
  const [said, setSaid] = useState<Saying["said"]>(undefined)
  const [waiting, setWaiting] = useState(false)
  useEffect(askWhetherCanAct, [])
  const say = async (what: () => Promise<unknown>, done = a.done): Promise<boolean> => {
    setWaiting(true)
    try {
      await what()
      setSaid({ isBad: false, text: done })
      return true
    } catch (error) {
      setSaid({ isBad: true, text: a.failed((error as Error).message) })
      return false
    } finally {
      setWaiting(false)
    }
  }
  return { waiting, said, say, forget: () => setSaid(undefined) }
}

export const Outcome = ({ said }: Pick<Saying, "said">) =>
  said === undefined ? null : (
    <span class={said.isBad ? "tone-bad" : "dim"} role={said.isBad ? "alert" : "status"}>
      {said.text}
    </span>
  )
