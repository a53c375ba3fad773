import { parseIgnore } from "@chaussettes/domain"
import { RulesStore } from "@chaussettes/jetstream"
import { layerRulesStoreMemory, MemoryServer } from "@chaussettes/jetstream/memory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { addRules, removeRules } from "../../src/ignore/change.ts"
import { withAdded, withRemoved } from "../../src/ignore/edit.ts"
import { ruleNames } from "../../src/ignore/flags.ts"
import { listed, textOf, wordsOf } from "../../src/ignore/list.ts"

const byHand = "# ours\nhealth # the balancer's\n\npath=/a;path=/b  ; static# no remark\n"

describe("the text of the bucket", () => {
  it("stays as it was written, with the added rules behind it, each on its line", () => {
    const text = "# ours\nhealth # the balancer's\n"
    assert.deepStrictEqual(withAdded(text, ["static", "path=/x client=10.0.0.0/8"]), {
      _tag: "Edited",
      text: "# ours\nhealth # the balancer's\nstatic\npath=/x client=10.0.0.0/8"
    })
    assert.deepStrictEqual(withAdded("", ["health"]), { _tag: "Edited", text: "health" })
  })

  it("is left alone where the rules stand already", () => {
    assert.deepStrictEqual(withAdded("health; static", ["static"]), { _tag: "Unchanged" })
    assert.deepStrictEqual(withAdded("health", ["static", "health"]), { _tag: "Edited", text: "health\nstatic" })
  })

  it("takes no rule where what stands is refused, or where the rules would be too many", () => {
    assert.deepInclude(withAdded("helth", ["static"]), { _tag: "Unusable" })
    const full = Array.from({ length: 64 }, (_, i) => `path=/${i}`).join("\n")
    assert.deepStrictEqual(withAdded(full, ["health"]), {
      _tag: "Unusable",
      reason: "there are more than 64 rules"
    })
  })

  it("loses the removed rule and nothing else", () => {
    const without = (...rules: ReadonlyArray<string>) => withRemoved(byHand.replace("# no remark", ""), rules)
    assert.deepStrictEqual(without("path=/b"), {
      _tag: "Edited",
      text: "# ours\nhealth # the balancer's\n\npath=/a; static\n"
    })
    assert.deepStrictEqual(without("health", "path=/a"), {
      _tag: "Edited",
      text: "# ours\n\npath=/b  ; static\n"
    })
    assert.deepStrictEqual(without("path=/a", "path=/c"), { _tag: "Unknown", rule: "path=/c" })
  })

  it("loses a rule that cannot be used, too", () => {
    const glued = "static# no remark"
    assert.isFalse(parseIgnore(glued).ok)
    assert.deepStrictEqual(withRemoved(`health\n${glued}`, [glued]), { _tag: "Edited", text: "health" })
    assert.deepStrictEqual(withRemoved("health\nhelth", ["helth"]), { _tag: "Edited", text: "health" })
  })

  it("ends up as it was when what was added is removed", () => {
    const text = "# ours\nhealth # the balancer's"
    for (const rule of ["static", "path=/x client=10.0.0.0/8", 'agent="a, b"']) {
      const added = withAdded(text, [rule])
      assert.strictEqual(added._tag, "Edited")
      if (added._tag !== "Edited") continue
      assert.isTrue(parseIgnore(added.text).ok)
      assert.deepStrictEqual(withRemoved(added.text, [rule]), { _tag: "Edited", text })
    }
  })
})

it.each([
  ["health", ["health"]],
  [" path=/a  client=10.0.0.0/8 ; bots", ["path=/a  client=10.0.0.0/8", "bots"]],
  ["helth", undefined],
  ["", undefined]
])("the argument %j means %j", (text, rules) => {
  assert.deepStrictEqual(ruleNames(text), rules)
})

describe("the bucket", () => {
  const test = (behaviour: string, body: Effect.Effect<unknown, unknown, RulesStore>) =>
    it.effect(behaviour, () =>
      Effect.provide(body, Layer.fresh(layerRulesStoreMemory.pipe(Layer.provideMerge(MemoryServer.layer))))
    )

  test(
    "gets rules, tells them, and gives them back",
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* addRules(["health", "path=/a"]), {
        changed: true,
        revision: 1,
        rules: ["health", "path=/a"]
      })
      assert.deepStrictEqual(yield* addRules(["health"]), { changed: false, revision: 1, rules: ["health", "path=/a"] })
      const found = yield* listed
      assert.deepInclude(found, { revision: 1, refused: null })
      assert.strictEqual(textOf(found), "health\npath=/a\n")
      yield* removeRules(["health", "path=/a"])
      assert.deepStrictEqual((yield* listed).rules, [])
      assert.match(wordsOf(yield* listed), /^No rules: nothing is ignored\./)
    })
  )

  test(
    "says what is refused beside what is in force, and is usable again when that is removed",
    Effect.gen(function* () {
      const store = yield* RulesStore
      yield* store.put("ignore", "health")
      yield* store.put("ignore", "health;helth\u001b[31m")
      const found = yield* listed
      assert.strictEqual(textOf(found), "health\n")
      assert.match(wordsOf(found), /^Revision 1, since .*\nRevision 2 is refused: "helth.* is neither a preset/)
      assert.notInclude(wordsOf(found), "\u001b")
      const failure = yield* Effect.flip(addRules(["static"]))
      assert.match((failure as { readonly message: string }).message, /ignore remove RULE/)
      yield* removeRules(["helth\u001b[31m"])
      assert.deepInclude(yield* listed, { revision: 3, refused: null })
    })
  )

  test(
    "is not written where a rule is not there",
    Effect.gen(function* () {
      const store = yield* RulesStore
      yield* store.put("ignore", "health; static")
      const failure = yield* Effect.flip(removeRules(["health", "bots"]))
      assert.deepInclude(failure, { exitCode: 2, message: 'There is no rule "bots": there are health; static.' })
      assert.strictEqual((yield* store.history()).length, 1)
    })
  )
})
