import { signal } from "@preact/signals"
import { useEffect, useRef, useState } from "preact/hooks"
import type { ErrorResponse } from "../../src/api/index.ts"

/** Of version 1, where the path names no other. */
export const apiUrl = (path: string): URL =>
  new URL(path.startsWith("v2/") ? `api/${path}` : `api/v1/${path}`, document.baseURI)

/** The server wants its token. */
export const tokenWanted = signal(false)

export class AskError extends Error {
  readonly kind: ErrorResponse["error"] | "network"
  readonly lines: number | undefined
  constructor(kind: ErrorResponse["error"] | "network", message: string, lines?: number) {
    super(message)
    this.kind = kind
    this.lines = lines
  }
}

/** Asks the API once. What is not for this viewer is a reason to log in, but for what only stands beside the rest. */
export const ask = async <A>(path: string, abort?: AbortSignal, isBeside = false): Promise<A> => {
  let response: Response
  try {
    response = await fetch(apiUrl(path), { ...(abort === undefined ? {} : { signal: abort }) })
  } catch (error) {
    throw abort?.aborted ? error : new AskError("network", String((error as Error).message))
  }
  if (response.status === 401 && !isBeside) tokenWanted.value = true
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as Partial<ErrorResponse>
    throw new AskError(problem.error ?? "network", problem.message ?? `${response.status}`, problem.lines)
  }
  return (await response.json()) as A
}

export interface Asked<A> {
  /** The last answer; it stays while a newer one is waited for, so that nothing flickers. */
  readonly data: A | undefined
  readonly error: AskError | undefined
  readonly loading: boolean
  readonly again: () => void
}

/** Asks whenever the path changes, or `round` does; an undefined path asks nothing. */
export const useAsk = <A>(path: string | undefined, round: unknown = 0, isBeside = false): Asked<A> => {
  const [state, setState] = useState<Omit<Asked<A>, "again"> & { path: string | undefined }>({
    data: undefined,
    error: undefined,
    loading: path !== undefined,
    path: undefined
  })
  const [attempt, setAttempt] = useState(0)
  const tried = useRef(0)
  useEffect(() => {
    if (path === undefined) {
      setState({ data: undefined, error: undefined, loading: false, path })
      return
    }
    const abort = new AbortController()
    setState((s) => ({ ...s, loading: true }))
    let timer: ReturnType<typeof setTimeout> | undefined
    ask<A>(path, abort.signal, isBeside).then(
      (data) => {
        tried.current = 0
        setState({ data, error: undefined, loading: false, path })
      },
      (error) => {
        if (abort.signal.aborted) return
        setState((s) => ({
          data: s.path === path ? s.data : undefined,
          error: error as AskError,
          loading: false,
          path
        }))
        // The page heals by itself: what failed for want of a connection is asked again.
        if ((error as AskError).kind === "network" || (error as AskError).kind === "unavailable") {
          timer = setTimeout(() => setAttempt((n) => n + 1), Math.min(15_000, 1_000 * 2 ** tried.current++))
        }
      }
    )
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [path, round, attempt])
  return { ...state, again: () => setAttempt((n) => n + 1) }
}
