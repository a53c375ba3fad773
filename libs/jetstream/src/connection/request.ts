import { Effect } from "effect"
import type { StoreError } from "../errors.ts"
import { toStoreError } from "./api-errors.ts"

/** A call of the client as an Effect whose errors name what was asked for. */
export const request = <A>(what: string, call: () => Promise<A>): Effect.Effect<A, StoreError> =>
  Effect.tryPromise({ try: call, catch: toStoreError(what) })
