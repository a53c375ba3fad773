import { setTimeout as delay } from "node:timers/promises"

export interface Patience {
  readonly limitMs?: number
  /** What to show where it was in vain. */
  readonly seen?: () => string
}

/** Polls until there is a value; fails with what it waited for and what was seen meanwhile. */
export const until = async <A>(
  what: string,
  poll: () => A | false | undefined | Promise<A | false | undefined>,
  { limitMs = 30_000, seen = () => "" }: Patience = {}
): Promise<A> => {
  const deadlineMs = performance.now() + limitMs
  for (;;) {
    const lookedMs = performance.now()
    const value = await poll()
    if (value !== undefined && value !== false) return value
    if (performance.now() > deadlineMs) throw new Error(`waited ${limitMs} ms in vain for ${what}\n${seen()}`)
    // Many a look starts a process: half of the time is left to what it looks at.
    await delay(Math.max(20, performance.now() - lookedMs))
  }
}
