import { open } from "node:fs/promises"
import { failed, reasonOf, type UserFailure } from "@chaussettes/service"
import { Effect, Option, type Scope } from "effect"
import type { Label } from "../traffic/incident.ts"

/** Takes labels as incidents end. */
export type LabelsSink = (labels: ReadonlyArray<Label>) => Effect.Effect<void, UserFailure>

/** Writes labels to the file, one JSON object a line; nowhere where there is no file. What stood in it is gone. */
export const labelsSink = (file: Option.Option<string>): Effect.Effect<LabelsSink, UserFailure, Scope.Scope> => {
  if (Option.isNone(file)) return Effect.succeed(() => Effect.void)
  const failure = (cause: unknown) =>
    failed(`Cannot write the labels to ${file.value}: ${reasonOf(cause)}. Give another file with --labels.`, cause)
  return Effect.acquireRelease(Effect.tryPromise({ try: () => open(file.value, "w"), catch: failure }), (handle) =>
    Effect.promise(() => handle.close())
  ).pipe(
    Effect.map((handle) => (labels) => {
      if (labels.length === 0) return Effect.void
      const text = labels.map((label) => `${JSON.stringify(label)}\n`).join("")
      return Effect.asVoid(Effect.tryPromise({ try: () => handle.write(text), catch: failure }))
    })
  )
}
