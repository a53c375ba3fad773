import { everyDimension } from "@chaussettes/domain"
import { formFlag } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"
import { methodFlag, mostUnexplainedFlag, sourceFlags, targetFlag } from "../flags.ts"

const rateFlag = (dimension: string) =>
  formFlag(
    dimension,
    "rate",
    (text) => {
      const rate = Number(text)
      return text.trim() !== "" && rate >= 0 && rate <= 1 ? rate : undefined
    },
    "a rate from 0 to 1, like 0.4"
  ).pipe(Flag.withDescription(`Try this threshold for ${dimension}`), Flag.optional)

export const whatIfFlags = {
  ...sourceFlags,
  rates: everyDimension(({ name }) => rateFlag(name)),
  file: Flag.String("file").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Try the thresholds in this JSON file"),
    Flag.optional
  ),
  method: methodFlag.pipe(Flag.optional),
  target: targetFlag,
  mostUnexplained: mostUnexplainedFlag,
  thresholds: Flag.String("seuils").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("With --from: compare with the thresholds in this JSON file (default: 0.1, 0.3, 0.5)"),
    Flag.optional
  )
} as const

export type WhatIfInput = Command.Command.Config.Infer<typeof whatIfFlags>
