import { apiUrl, tokenWanted } from "./ask.ts"

/** Shows the server a token; answers whether it was the right one. */
export const login = async (token: unknown): Promise<boolean> => {
  const response = await fetch(apiUrl("login"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token })
  })
  if (response.ok) tokenWanted.value = false
  return response.ok
}

/** The address that `chaussettes start` prints carries the token behind `#`, where no server and no log sees it; it leaves the address at once. */
export const loginByAddress = async (): Promise<void> => {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1]
  if (token === undefined) return
  history.replaceState(history.state, "", location.pathname + location.search)
  await login(token).catch(() => false)
}
