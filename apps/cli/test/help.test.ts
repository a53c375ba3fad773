import { commandPaths, connectionApart, connectionFlags, withDefaults } from "@chaussettes/service"
import { chaussettes } from "@chaussettes/testing"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { CliOutput, Command, type HelpDoc } from "effect/cli"
import { root } from "../src/root.ts"

const helpOf = (path: string) =>
  Effect.gen(function* () {
    let doc: HelpDoc.HelpDoc | undefined
    let commandPath: ReadonlyArray<string> = []
    const presenter: CliOutput.Presenter = {
      present: (event) =>
        Effect.sync(() => {
          if (event._tag === "Help") [doc, commandPath] = [event.helpDoc, event.commandPath]
        })
    }
    yield* Command.runWith(root, { version: "0" })([...path.split(" "), "--help"]).pipe(
      Effect.ignore,
      Effect.provide(Layer.mergeAll(NodeServices.layer, CliOutput.layerPresenter(presenter)))
    )
    assert.isDefined(doc, path)
    return connectionApart(yield* withDefaults(root, doc!, commandPath).pipe(Effect.provide(NodeServices.layer)))
  })

const names = (flags: ReadonlyArray<HelpDoc.FlagDoc> | undefined) => (flags ?? []).map(({ name }) => name)

const described = ({ description }: HelpDoc.FlagDoc): string => Option.getOrElse(description, () => "")

describe("the help of each command", () => {
  it.effect.each(commandPaths(root))("%s shows its own flags before those of the connection", (path) =>
    Effect.gen(function* () {
      const { flags, inheritedFlags } = yield* helpOf(path)
      const own = names(flags).filter((name) => connectionFlags.includes(name))
      assert.deepStrictEqual(own, [])
      // All of them or none: what one command takes, the others do.
      const connection = names(inheritedFlags)
      assert.deepStrictEqual(connection, connection.length === 0 ? [] : connectionFlags)
    })
  )

  it.effect("has a connection where the server is needed, and none where it is not", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(names((yield* helpOf("verify")).inheritedFlags), connectionFlags)
      assert.deepStrictEqual(names((yield* helpOf("analyze")).inheritedFlags), [])
    })
  )

  it.effect.each(commandPaths(root))("%s has at most one default for each flag", (path) =>
    Effect.gen(function* () {
      const { flags, inheritedFlags } = yield* helpOf(path)
      for (const flag of [...flags, ...(inheritedFlags ?? [])]) {
        const said = described(flag).match(/default/g) ?? []
        assert.isAtMost(said.length, 1, `--${flag.name}: ${described(flag)}`)
      }
    })
  )

  it.effect("says each default as a user would write it, wherever it is declared", () =>
    Effect.gen(function* () {
      const defaults = (flags: ReadonlyArray<HelpDoc.FlagDoc> | undefined) =>
        Object.fromEntries(
          (flags ?? []).map((flag) => [flag.name, / \(default: (.*)\)$/.exec(described(flag))?.[1]] as const)
        )
      const detect = yield* helpOf("detect")
      assert.include(defaults(detect.flags), {
        idle: "30s",
        "allowed-lateness": "auto",
        "least-ip": "5",
        "url-templates": "off",
        errors: ">=400",
        // No default to speak of: an empty text, a switch that is off, what the command finds out by itself.
        ignore: undefined,
        "until-caught-up": undefined,
        "http-port": undefined
      })
      assert.strictEqual(defaults(detect.inheritedFlags).server, "nats://127.0.0.1:4222")
      assert.strictEqual(defaults((yield* helpOf("analyze")).flags)["allowed-lateness"], "1h")
      assert.strictEqual(defaults((yield* helpOf("init")).flags).wait, "10s")
      assert.strictEqual(defaults((yield* helpOf("thresholds what-if")).flags).target, "0.01")
    })
  )

  it("says each default to a person who asks, whatever the environment sets", async () => {
    const { stdout } = await chaussettes(["detect", "--help"], { env: { CHAUSSETTES_IDLE: "2m" } })
    assert.match(stdout, /--idle span .* \(default: 30s\)$/m)
  })

  it("lists each command once", () => {
    const paths = commandPaths(root)
    assert.deepStrictEqual([...paths].sort(), [...new Set(paths)].sort())
  })

  it("says so in its headings", async () => {
    const { stdout } = await chaussettes(["status", "--help"])
    assert.deepStrictEqual(stdout.match(/^[A-Z][A-Z ]+$/gm)?.slice(0, 5), [
      "DESCRIPTION",
      "USAGE",
      "FLAGS",
      "CONNECTION",
      "GLOBAL FLAGS"
    ])
    assert.isBelow(stdout.indexOf("--watch"), stdout.indexOf("--server"))
  })
})
