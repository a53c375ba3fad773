/** A small command line over `runMain`, started as a process of its own by the tests. */
import { Deferred, Effect, Layer } from "effect"
import { Command } from "effect/cli"
import {
  failed,
  Health,
  natsFlags,
  operationsFlags,
  operationsLayer,
  runMain,
  telemetryLayer,
  wrongUsage
} from "../src/index.ts"

const fail = Command.make("fail", {}, () => Effect.fail(failed("The disk is full. Make room.", new Error("inner"))))
const misuse = Command.make("misuse", {}, () => Effect.fail(wrongUsage("Give a file or -.")))
const die = Command.make("die", {}, () => Effect.die(new TypeError("x is not a function")))
const refused = Command.make("refused", {}, () =>
  Effect.fail({
    _tag: "Refused",
    what: "the alerts",
    why: "permissions violation",
    remedy: "Give the operator's credentials"
  })
)
const connect = Command.make("connect", { nats: natsFlags }, ({ nats }) =>
  Effect.sync(() => {
    process.stdout.write(`${JSON.stringify(nats)}\n`)
  })
)
/** Prints for ever. */
const follow = Command.make("follow", {}, () =>
  Effect.forever(
    Effect.andThen(
      Effect.sync(() => process.stdout.write("a line\n")),
      Effect.sleep("10 millis")
    )
  ).pipe(Effect.ensuring(Effect.logInfo("drained")))
)
const serve = Command.make("serve", { operations: operationsFlags }, ({ operations }) =>
  Effect.gen(function* () {
    const health = yield* Health
    yield* Effect.addFinalizer(() => Effect.logInfo("drained"))
    yield* Effect.logInfo("serving")
    const stdin = yield* Deferred.make<void>()
    process.stdin.on("error", () => {})
    process.stdin.once("data", () => Deferred.doneUnsafe(stdin, Effect.void))
    yield* Deferred.await(stdin)
    yield* health.ready("nats")
    return yield* Effect.never
  }).pipe(
    Effect.scoped,
    Effect.provide(
      Layer.mergeAll(operationsLayer(operations), telemetryLayer("fixture")).pipe(
        Layer.provideMerge(Health.layer("nats"))
      )
    )
  )
)
runMain(Command.make("sample").pipe(Command.withSubcommands([fail, misuse, die, refused, connect, follow, serve])), {
  version: "1.2.3",
  args: process.argv.slice(2)
})
