import { visibleText } from "@chaussettes/domain"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, ConfigProvider, Effect, Exit, Layer } from "effect"
import { CliOutput, Command, Flag, GlobalFlag } from "effect/cli"
import { givenEnvironment, loadConfiguration, withConfigured } from "./configuration/index.ts"
import { usePrefix } from "./configuration/prefix.ts"
import { outputFailure, toUserFailure } from "./failure.ts"
import { spoilEnd } from "./files/spoil-end.ts"
import { endWithTerminal } from "./hang-up.ts"
import { loggerLayer } from "./logging.ts"
import { presenterOf } from "./presenter.ts"
import { endOf } from "./teardown.ts"

/** Read before the command line is parsed (see `fileNamed`); it stands here so that the help shows it. */
const configFlag = GlobalFlag.Setting("config")({
  flag: Flag.String("config").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(
      "Read this configuration, TOML or JSON (default: CHAUSSETTES_CONFIG, else chaussettes.toml or chaussettes.json in this folder)"
    ),
    Flag.optional
  )
})

/** Read before, too (see `usePrefix`). */
const prefixFlag = GlobalFlag.Setting("prefix")({
  flag: Flag.String("prefix").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("Prefix the names of streams, buckets and subjects (default: CHAUSSETTES_PREFIX, else none)"),
    Flag.optional
  )
})

/**
 * Runs the command line as a program: flags over environment over configuration file over defaults; SIGINT, SIGTERM and SIGHUP drain it and
 * end with 0, any failure is one sentence on stderr and exit 1, wrong usage exit 2, never a stack (LOG_LEVEL=debug shows the cause).
 */
export const runMain = <Name extends string, Input, ContextInput, E>(
  root: Command.Command<Name, Input, ContextInput, E, Command.Environment>,
  options: { readonly version: string; readonly args: ReadonlyArray<string> }
): void => {
  const program = Effect.gen(function* () {
    const configuration = yield* Effect.try({
      try: () => {
        const loaded = loadConfiguration(root, options.args, givenEnvironment)
        usePrefix(loaded, options.args)
        return loaded
      },
      catch: toUserFailure
    })
    const { args, origins } = withConfigured(configuration, options.args)
    return yield* Command.runWith(Command.withGlobalFlags(root, [configFlag, prefixFlag]), {
      version: options.version
    })(args).pipe(
      Effect.provide(
        Layer.mergeAll(NodeServices.layer, CliOutput.layerPresenter(presenterOf(root, origins)), loggerLayer).pipe(
          Layer.provideMerge(ConfigProvider.layer(configuration.provider))
        )
      )
    )
  })
  endWithSupervisor()
  endWithReader()
  endWithTerminal()
  NodeRuntime.runMain(program, {
    disableErrorReporting: true,
    teardown: (exit, onExit) => {
      const end = endOf(exit)
      if (end.sentence !== undefined) process.stderr.write(`${visibleText(end.sentence)}\n`)
      if (Exit.isFailure(exit) && end.code !== 0 && wantsCause(options.args)) {
        process.stderr.write(`${Cause.pretty(exit.cause)}\n`)
      }
      onExit(end.code)
    }
  })
}

const wantsCause = (args: ReadonlyArray<string>): boolean =>
  /^(debug|trace|all)$/i.test(process.env.LOG_LEVEL ?? "") || /--log-level[ =](debug|trace|all)\b/.test(args.join(" "))

/** Under `chaussettes start` the standard input stands for the parent: when that is gone, however it died, this ends, too. */
const endWithSupervisor = (): void => {
  if (process.env.CHAUSSETTES_SUPERVISED !== "1") return
  process.stdin.on("end", () => process.kill(process.pid, "SIGTERM"))
  process.stdin.on("error", () => process.kill(process.pid, "SIGTERM"))
  process.stdin.resume()
  ;(process.stdin as { unref?: () => void }).unref?.()
}

/**
 * Whoever reads the results has gone (`… | head`): that is an end like Ctrl-C, drained and without a complaint. Results that cannot be
 * written for another reason end it, too, but not well.
 */
const endWithReader = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // Of a terminal that was closed the system says that it fails.
      const isReaderGone = error.code === "EPIPE" || (error.code === "EIO" && stream.isTTY)
      if (!isReaderGone && stream === process.stderr) return
      if (!isReaderGone) spoilEnd(outputFailure(error))
      // Behind the end of the program nobody listens any more, and nothing is left to be ended.
      if (process.listenerCount("SIGTERM") > 0) process.kill(process.pid, "SIGTERM")
    })
  }
}
