/** How many messages wait to be read, at a moment. */
export interface Waiting {
  readonly atMs: number
  readonly messages: number
}

/** How long it takes until none waits, ms, at the rate at which they became fewer from one look to the next; undefined where they did not. */
export const catchUpMs = (before: Waiting, now: Waiting): number | undefined => {
  const fewer = before.messages - now.messages
  return fewer <= 0 ? undefined : (now.messages / fewer) * (now.atMs - before.atMs)
}
