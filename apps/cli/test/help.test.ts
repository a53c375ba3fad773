import { commandPaths, connectionApart, connectionFlags } from "@chaussettes/service"
import { chaussettes } from "@chaussettes/testing"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { CliOutput, Command, type HelpDoc } from "effect/cli"
import { root } from "../src/root.ts"

const helpOf = (path: string) =>
  Effect.gen(function* () {
    let doc: HelpDoc.HelpDoc | undefined
    const presenter: CliOutput.Presenter = {
      present: (event) =>
        Effect.sync(() => {
          if (event._tag === "Help") doc = event.helpDoc
        })
    }
    yield* Command.runWith(root, { version: "0" })([...path.split(" "), "--help"]).pipe(
      Effect.ignore,
      Effect.provide(Layer.mergeAll(NodeServices.layer, CliOutput.layerPresenter(presenter)))
    )
    assert.isDefined(doc, path)
    return connectionApart(doc!)
  })

const names = (flags: ReadonlyArray<HelpDoc.FlagDoc> | undefined) => (flags ?? []).map(({ name }) => name)

describe("the help of each command", () => {
  it.effect.each([...new Set(commandPaths(root))])("%s shows its own flags before those of the connection", (path) =>
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
