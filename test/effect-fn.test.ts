import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { projectFolder } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"

/*
 * A function that others call and whose effect ends is `Effect.fn("its name")`, so that its span and the place of its call stand in a trace of what
 * failed. Those here are not, and why: docs/decisions/0067-effect-written.md.
 */

const withoutSpan: { readonly [why: string]: ReadonlyArray<string> } = {
  "never ends, or only when its command does: a span that never ends is never exported": [
    ...["serve", "start", "supervise", "followAlerts", "followIncidents", "restartAfterFullDisk", "runService"],
    ...["dashboard", "events", "notify", "lead", "run", "followStream", "live"],
    ...["runGenerate", "generateInto", "pacedLines", "runReplay", "replayInto", "sendInput"],
    ...["runShip", "shipSource", "runJournal", "shipJournal", "followJournal", "receive"]
  ],
  "is called for each step of the fold, or has a span around each of its calls": [
    "commit",
    "recover",
    "recoverIncidents",
    "tallies"
  ],
  "answers a stream": ["readStream"],
  "is one run of analyze or verify, which no trace is exported from": ["analyze", "makePlan"],
  "only sets up, within a life that has a span": ["thresholdsInForce", "incidentModelInForce", "watchedBucketMemory"]
}

const sources = ["apps", "libs"].flatMap((room) =>
  readdirSync(join(projectFolder, room)).flatMap((part) => {
    const folder = join(projectFolder, room, part, "src")
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(folder, name), "utf8"))
  })
)

const declaration = /^(?=export |const |\/\*|type |interface |class |function )/m
const exported = /^export const (\w+) = (?=[(<])([\s\S]*?)Effect\.gen\(/
/** What stands between the name and the generator: the end of a function's head, and at most a scope or a mask around what it answers. */
const answersIt = /=>\s*(?:Effect\.(?:scoped|suspend|uninterruptibleMask)\(\s*(?:\([^()]*\)\s*=>\s*)?)*$/
const isObject = /=>\s*\(?\{/

/** The exported functions of a source whose effect is a generator that has no name. */
const unnamed = (source: string): ReadonlyArray<string> =>
  source.split(declaration).flatMap((piece) => {
    const [, name, head] = exported.exec(piece) ?? []
    const isOne = head !== undefined && answersIt.test(head) && !isObject.test(head) && !head.includes("Effect.fn")
    return isOne ? [name!] : []
  })

describe("exported functions that answer an effect", () => {
  it("are Effect.fn, but for those that are listed with a reason", () => {
    assert.deepStrictEqual(sources.flatMap(unnamed).sort(), Object.values(withoutSpan).flat().sort())
  })

  it("are found however their heads are written", () => {
    const source = [
      "export const plain = (a: A): Effect.Effect<void> =>\n  Effect.gen(function* () {})",
      "export const held = <A>(f: (a: A) => B) =>\n  Effect.scoped(\n    Effect.gen(function* () {})\n  )",
      'export const named = Effect.fn("named")(function* () {\n  yield* Effect.gen(function* () {})\n})',
      "export const value = Effect.gen(function* () {})",
      "export const object = (a: A) => ({\n  part: () => Effect.gen(function* () {})\n})",
      "const own = () => Effect.gen(function* () {})"
    ].join("\n\n")
    assert.deepStrictEqual(unnamed(source), ["plain", "held"])
  })
})
