import { useState } from "preact/hooks"
import { w } from "../language.ts"
import { connect } from "../live.ts"
import { login } from "../login.ts"

/** The page shows nothing of the logs until it has the token. */
export const Login = () => {
  const [wrong, setWrong] = useState(false)
  const [waiting, setWaiting] = useState(false)
  const send = async (event: SubmitEvent) => {
    event.preventDefault()
    const token = new FormData(event.currentTarget as HTMLFormElement).get("token")
    setWaiting(true)
    try {
      const isRight = await login(token)
      setWrong(!isRight)
      if (isRight) connect()
    } catch {
      setWrong(true)
    } finally {
      setWaiting(false)
    }
  }
  return (
    <main class="login">
      <form class="card" onSubmit={send}>
        <h1>{w.title}</h1>
        <label>
          {w.login.token}
          <input type="password" name="token" autocomplete="current-password" required autofocus />
        </label>
        {wrong && (
          <p class="tone-bad" role="alert">
            {w.login.wrong}
          </p>
        )}
        <button type="submit" class="button primary" disabled={waiting}>
          {w.login.enter}
        </button>
      </form>
    </main>
  )
}
