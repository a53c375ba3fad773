import { type Dimension, defaultTarget, dimensions, type Target } from "@chaussettes/domain"
import { asForm, historyFlags, parseShare } from "@chaussettes/service"
import { Config } from "effect"
import { Flag } from "effect/cli"

const shareOf = (text: string): number | undefined => {
  const share = parseShare(text)
  return share !== undefined && share > 0 && share <= 0.2 ? share : undefined
}

const isDimension = (text: string): text is Dimension => (dimensions as ReadonlyArray<string>).includes(text)

/** `1%` for all, or `global=0.01%,ip=0.1%`. */
const targetIn = (text: string): Target | undefined => {
  if (!text.includes("=")) return shareOf(text)
  const targets: { [dimension in Dimension]?: number } = {}
  for (const part of text.split(",")) {
    const [name = "", share, ...more] = part.split("=").map((word) => word.trim())
    const of = share === undefined || more.length > 0 ? undefined : shareOf(share)
    if (of === undefined || !isDimension(name) || targets[name] !== undefined) return undefined
    targets[name] = of
  }
  return targets
}

export const methodFlag = Flag.Literals("method", ["calibrated", "percentile_99"]).pipe(
  Flag.withDescription(
    "Compute the thresholds by this method: calibrated and checked on history, or the 99th percentile"
  ),
  Flag.withFallbackConfig(Config.Literals(["calibrated", "percentile_99"], "CHAUSSETTES_METHOD"))
)

export const targetFlag = Flag.String("target").pipe(
  Flag.withMetavar("share"),
  Flag.withDescription(
    "With calibrated: let this share of the clean panes alert, or one by dimension (global=0.01%,ip=0.1%)"
  ),
  Flag.withFallbackConfig(Config.String("CHAUSSETTES_TARGET")),
  Flag.withDefault(`${defaultTarget}`),
  asForm(targetIn, "a share above 0 and up to 0.2, like 0.01 or 1%, or one by dimension, like global=0.01%,ip=0.1%")
)

export const mostUnexplainedFlag = Flag.String("max-unexplained").pipe(
  Flag.withMetavar("share"),
  Flag.withDescription("With calibrated: publish if at most this share of the history is not clean traffic"),
  Flag.withFallbackConfig(Config.String("CHAUSSETTES_MAX_UNEXPLAINED")),
  Flag.withDefault("0.06"),
  asForm((text) => {
    const share = Number(text)
    return text.trim() !== "" && share >= 0 && share <= 1 ? share : undefined
  }, "a share from 0 to 1, like 0.06")
)

/** Where a history comes from, and how its windows are cut. */
export const sourceFlags = {
  from: Flag.String("from").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Read log files (plain or compressed, - for standard input) instead of LOGS; may be repeated"),
    Flag.atLeast(0)
  ),
  ...historyFlags
} as const
