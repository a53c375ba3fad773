import { signal } from "@preact/signals"
import type { ActRequest, ErrorResponse, ForceRequest, OperatorResponse } from "../../src/api/index.ts"
import { operatorHeader } from "../../src/operator/header.ts"
import { AskError, apiUrl, ask } from "./ask.ts"

/** Whether anybody may act through this page; undefined until the server was asked. */
export const canAct = signal<boolean | undefined>(undefined)

/** Who acts. The token stands here only, and is gone with the page: nothing on this machine keeps it. */
export const operator = signal<{ readonly token: string; readonly name: string } | undefined>(undefined)

let asked = false

/** Asks once whether the page has a door for the operator. */
export const askWhetherCanAct = (): void => {
  if (asked) return
  asked = true
  ask<OperatorResponse>("operator").then(
    ({ acts }) => {
      canAct.value = acts
    },
    () => {
      // The commands do the same meanwhile; whoever looks again asks again.
      canAct.value = false
      asked = false
    }
  )
}

const post = async <A>(path: string, token: string, body: object): Promise<A> => {
  let response: Response
  try {
    response = await fetch(apiUrl(path), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}`, [operatorHeader]: "1" },
      body: JSON.stringify(body)
    })
  } catch (error) {
    throw new AskError("network", String((error as Error).message))
  }
  if (response.ok) return (await response.json()) as A
  if (response.status === 401) operator.value = undefined
  const problem = (await response.json().catch(() => ({}))) as Partial<ErrorResponse>
  throw new AskError(problem.error ?? "network", problem.message ?? `${response.status}`)
}

/** Shows the server the token, and remembers who acts where it is the right one. */
export const enter = async (token: string, name: string): Promise<void> => {
  await post("operator", token, {})
  operator.value = { token, name }
}

const tokenInHand = (): string => {
  if (operator.value === undefined) throw new AskError("unauthorized", "")
  return operator.value.token
}

export const act = (said: Omit<ActRequest, "by">): Promise<unknown> =>
  post("acts", tokenInHand(), { ...said, by: operator.value?.name })

export const force = (request: ForceRequest): Promise<unknown> => post("thresholds", tokenInHand(), request)
