import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { ConfigProvider, Effect, Layer } from "effect"
import { CliOutput, Command } from "effect/cli"
import { loggerLayer } from "./logging.ts"
import { presenter } from "./presenter.ts"
import { endOf } from "./teardown.ts"

/**
 * Runs the command line as a program: SIGINT and SIGTERM drain it and end with 0, any failure is one sentence on stderr and exit 1,
 * wrong usage exit 2, never a stack (`--log-level debug` shows the cause).
 */
export const runMain = <Name extends string, Input, ContextInput, E>(
  command: Command.Command<Name, Input, ContextInput, E, Command.Environment>,
  options: {
    readonly version: string
    readonly args: ReadonlyArray<string>
    readonly config?: ConfigProvider.ConfigProvider
  }
): void => {
  const provider = options.config ?? ConfigProvider.fromEnv()
  const program = Command.runWith(command, { version: options.version })(options.args).pipe(
    Effect.tapCause((cause) => Effect.logDebug("It ended with", cause)),
    Effect.provide(
      Layer.mergeAll(NodeServices.layer, CliOutput.layerPresenter(presenter), loggerLayer).pipe(
        Layer.provideMerge(ConfigProvider.layer(provider))
      )
    )
  )
  NodeRuntime.runMain(program, {
    disableErrorReporting: true,
    teardown: (exit, onExit) => {
      const end = endOf(exit)
      if (end.sentence !== undefined) process.stderr.write(`${end.sentence}\n`)
      onExit(end.code)
    }
  })
}
