import { Flag } from "effect/cli"

export const asGivenFlag = Flag.Boolean("as-given").pipe(
  Flag.withDescription("Read several files in the order given, not in the order of their first lines' times"),
  Flag.withDefault(false)
)
