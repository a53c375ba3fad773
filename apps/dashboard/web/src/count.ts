import { useEffect, useState } from "preact/hooks"
import type { ErrorResponse, ExploreEvent, ExploreResponse } from "../../src/api/index.ts"
import { AskError, apiUrl, tokenWanted } from "./ask.ts"

/** The events of a count, one a line. */
async function* eventsOf(path: string, abort: AbortSignal): AsyncGenerator<ExploreEvent> {
  const response = await fetch(apiUrl(path), { signal: abort })
  if (response.status === 401) tokenWanted.value = true
  if (!response.ok || response.body === null) {
    const problem = (await response.json().catch(() => ({}))) as Partial<ErrorResponse>
    throw new AskError(problem.error ?? "network", problem.message ?? `${response.status}`, problem.lines)
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ""
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const lines = (rest + next.value).split("\n")
    rest = lines.pop()!
    for (const line of lines) yield JSON.parse(line) as ExploreEvent
  }
}

export interface Counting {
  /** What has been counted so far, in the order in which it was asked for. */
  readonly counted: ReadonlyArray<ExploreResponse>
  /** Of all that was asked for, 0 to 1; undefined while nothing is counted. */
  readonly progress: number | undefined
  readonly error: AskError | undefined
}

const idle: Counting = { counted: [], progress: undefined, error: undefined }

/** Counts one span after the other, for the server counts one at a time. Whatever changes or leaves ends what is counted. */
export const useCounts = (paths: ReadonlyArray<string>, round: number): Counting => {
  const [state, setState] = useState<Counting>(idle)
  const asked = paths.join("\n")
  useEffect(() => {
    if (asked === "") {
      setState(idle)
      return
    }
    const abort = new AbortController()
    const all = asked.split("\n")
    const run = async (): Promise<void> => {
      const counted: Array<ExploreResponse> = []
      for (const path of all) {
        for await (const event of eventsOf(path, abort.signal)) {
          if ("problem" in event) throw new AskError(event.problem.error, event.problem.message, event.problem.lines)
          if ("counted" in event) counted.push(event.counted)
          const part = "counted" in event ? 0 : event.read / event.of
          const progress = counted.length === all.length ? undefined : (counted.length + part) / all.length
          setState({ counted: [...counted], progress, error: undefined })
        }
      }
      if (counted.length < all.length) throw new AskError("network", "the answer broke off")
    }
    setState({ counted: [], progress: 0, error: undefined })
    run().catch((error) => {
      if (abort.signal.aborted) return
      const told = error instanceof AskError ? error : new AskError("network", String((error as Error).message))
      setState((s) => ({ ...s, progress: undefined, error: told }))
    })
    return () => abort.abort()
  }, [asked, round])
  return state
}
