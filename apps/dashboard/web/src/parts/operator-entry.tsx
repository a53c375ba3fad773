import { actsWords } from "@chaussettes/presentation"
import { useState } from "preact/hooks"
import { AskError } from "../ask.ts"
import { language } from "../language.ts"
import { enter } from "../operator.ts"

/** Asks who acts: a name for what is stored, and the operator's token. */
export const OperatorEntry = () => {
  const a = actsWords(language)
  const [failure, setFailure] = useState<string | undefined>(undefined)
  const [waiting, setWaiting] = useState(false)
  const send = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    setWaiting(true)
    try {
      await enter(String(form.get("operator-token")), String(form.get("operator-name")))
    } catch (error) {
      const isWrong = error instanceof AskError && error.kind === "unauthorized"
      setFailure(isWrong ? a.tokenWrong : a.failed((error as Error).message))
    } finally {
      setWaiting(false)
    }
  }
  return (
    <form class="operator-entry" onSubmit={send}>
      <label>
        {a.name}
        <input type="text" name="operator-name" autocomplete="name" maxLength={100} required />
      </label>
      <label>
        {a.token}
        <input type="password" name="operator-token" autocomplete="off" required />
      </label>
      <button type="submit" class="button" disabled={waiting}>
        {a.enter}
      </button>
      {failure !== undefined && (
        <p class="tone-bad" role="alert">
          {failure}
        </p>
      )}
    </form>
  )
}
