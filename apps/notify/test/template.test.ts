import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { jsonEscape, mostTemplateChars, numberFields, parseTemplate, textFields, type Values } from "../src/template.ts"

const values = Object.fromEntries([
  ...textFields.map((name) => [name, `<${name}>`]),
  ...numberFields.map((name) => [name, "7"])
]) as unknown as Values
const plain = (value: string) => value
const parsed = (text: string) => Result.getOrThrow(parseTemplate(text))

describe("a template", () => {
  it("replaces fields, and nothing else", () => {
    const template = parsed(`{{severity}} \${key} {{ key }} {summary} $& {{count}}`)
    assert.strictEqual(template.kind, "text")
    if (template.kind === "text")
      assert.strictEqual(template.text(values, plain), `<severity> \${key} <key> {summary} $& 7`)
  })

  it("does not read a field in what a field is replaced by", () => {
    const template = parsed("{{key}}")
    const hostile = { ...values, key: "{{severity}} $1 $&" }
    if (template.kind === "text") assert.strictEqual(template.text(hostile, plain), "{{severity}} $1 $&")
  })

  it("has its first line as the title where there are more", () => {
    const template = parsed("\n{{heading}} at last\n{{list}}\nbye\n")
    assert.strictEqual(template.kind, "text")
    if (template.kind !== "text") return
    assert.strictEqual(template.title?.(values, plain), "<heading> at last")
    assert.strictEqual(template.text(values, plain), "<list>\nbye")
    assert.isUndefined((parsed("one {{line}}".replace("line", "list")) as { title?: unknown }).title)
  })

  it("in JSON stays JSON whatever its values are", () => {
    const template = parsed('{"content": "{{summary}}: {{key}}", "{{dimension}}": [{{errors}}, {"n": "{{count}}"}]}')
    assert.strictEqual(template.kind, "json")
    if (template.kind !== "json") return
    const key = 'a"}\\\u0000\n\u2028{{x}}'
    const body = JSON.parse(template.body({ ...values, key }, jsonEscape))
    assert.deepStrictEqual(body, { content: `<summary>: ${key}`, "<dimension>": [7, { n: "7" }] })
  })

  it.each([
    ["", /empty/],
    ["{{sumary}}", /no field sumary \(did you mean summary\?\); the fields are heading, list/],
    ["{{constructor}}", /no field constructor/],
    ["{{summary", /does not begin a field/],
    ["{{#if x}}", /does not begin a field/],
    ["x".repeat(mostTemplateChars + 1), /longer than/],
    ['{"a": {{summary}}}', /have to stand in quotes/],
    ['{"a": "{{summary}}"', /begins like JSON and is none/]
  ])("%j is refused when it is read", (text, why) => {
    const result = parseTemplate(text)
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) assert.match(result.failure, why)
  })
})
