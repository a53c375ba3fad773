import { readFileSync } from "node:fs"
import { type ConnectionSettings, connectionSettingsFromEnv } from "@chaussettes/jetstream"
import { readContext, reasonOf, tokenWeakness, toUserFailure, type UserFailure, wrongUsage } from "@chaussettes/service"
import { ConfigProvider, Effect, Option } from "effect"
import type { DashboardInput } from "../flags.ts"

/** By what a request is the operator's, and as whom its word is stored. */
export interface OperatorSettings {
  readonly token: string
  readonly connection: ConnectionSettings
}

export const readTokenFile = (path: string, flag: string): Effect.Effect<string, UserFailure> =>
  Effect.try({
    try: () => readFileSync(path, "utf8").trim(),
    catch: (error) =>
      wrongUsage(`Cannot read the token in ${path}: ${reasonOf(error)}. Give another file with ${flag}.`)
  })

/** The operator's own connection: the page's user may write nothing. */
const connectionIn = (context: string, server: string): Effect.Effect<ConnectionSettings, UserFailure> =>
  Effect.gen(function* () {
    const variables = yield* Effect.try({
      try: () => readContext(context, process.env, "--operator-credentials"),
      catch: toUserFailure
    })
    const settings = yield* connectionSettingsFromEnv
      .parse(ConfigProvider.fromEnvRecord({ NATS_URL: server, ...variables }))
      .pipe(Effect.mapError(toUserFailure))
    return { ...settings, name: "chaussettes-dashboard-operator" }
  })

/** Undefined where nobody acts through the page: then it has no door for it. */
export const operatorSettings = Effect.fn("operatorSettings")(function* (
  input: Pick<DashboardInput, "operatorTokenFile" | "operatorCredentials" | "nats">,
  viewersTokens: ReadonlyArray<string | undefined>
): Effect.fn.Return<OperatorSettings | undefined, UserFailure> {
  const { operatorTokenFile: file, operatorCredentials: context } = input
  if (Option.isNone(file) && Option.isNone(context)) return undefined
  if (Option.isNone(file) || Option.isNone(context)) {
    return yield* wrongUsage(
      "To let the operator act through the page, give both --operator-token-file (who may) and --operator-credentials (as whom)."
    )
  }
  const token = yield* readTokenFile(file.value, "--operator-token-file")
  const weak = tokenWeakness(token)
  if (weak !== undefined) return yield* weak
  if (viewersTokens.includes(token)) {
    return yield* wrongUsage(
      "The operator's token must be another one than the viewers': whoever looks could act with it."
    )
  }
  return { token, connection: yield* connectionIn(context.value, input.nats.server) }
})
