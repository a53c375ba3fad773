import { Flag } from "effect/cli"

export const asGivenFlag = Flag.Boolean("as-given").pipe(
  Flag.withDescription("Read the files in the order given instead of the order of their times"),
  Flag.withDefault(false)
)
