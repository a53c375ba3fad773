import { Config } from "effect"
import { Flag } from "effect/cli"

export const foldFlag = Flag.Literals("fold", ["auto", "thread", "inline"]).pipe(
  Flag.withDescription("Parse and count lines in a separate thread (auto: if there is a second core)"),
  Flag.withFallbackConfig(Config.Literals(["auto", "thread", "inline"], "CHAUSSETTES_FOLD")),
  Flag.withDefault("auto")
)
