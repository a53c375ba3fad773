import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { atOnceBatch } from "../src/batch.ts"
import { parseLimit } from "../src/flags.ts"
import { parseTarget } from "../src/targets.ts"
import { numberFields, parseTemplate, textFields } from "../src/template.ts"
import { digestBody } from "../src/webhook.ts"
import { changeIn } from "./support/events.ts"

/* docs/notify.md says nothing that the command would refuse. */

const page = readFileSync(new URL("../../../docs/notify.md", import.meta.url), "utf8")

const kinds = {
  Slack: "slack",
  Mattermost: "slack",
  Teams: "teams",
  ntfy: "ntfy",
  Mail: "smtp",
  Alertmanager: "alertmanager",
  A: "webhook"
} as const

describe("docs/notify.md", () => {
  const rows = [...page.matchAll(/^\| (\w+)[^|]*\| `([a-z+]+:\/\/[^`]+)` \|/gm)]

  it("has an address for each kind of receiver, and each is one", () => {
    assert.strictEqual(rows.length, 11)
    for (const [, name, address] of rows) {
      assert.strictEqual(Result.getOrThrow(parseTarget(address!)).kind, kinds[name as keyof typeof kinds], address)
    }
    assert.deepStrictEqual(
      [...new Set(rows.map(([, name]) => kinds[name as keyof typeof kinds]))].sort(),
      [...new Set(Object.values(kinds))].sort()
    )
  })

  it("shows templates that can be used, and lists every field", () => {
    const shown = [...page.matchAll(/```(?:json)?\n([^`]*\{\{[^`]*)```/g)].map(
      ([, text]) => Result.getOrThrow(parseTemplate(text!)).kind
    )
    assert.deepStrictEqual(shown, ["text", "json"])
    for (const field of [...textFields, ...numberFields]) assert.include(page, `\`${field}\``)
  })

  it("shows a change and a digest with the fields that a webhook gets", () => {
    const [change, digest] = [...page.matchAll(/```json\n(\{"schema"[^`]*)```/g)].map(([, text]) => JSON.parse(text!))
    const held = { heldSinceMs: 0, heldFor: "limit" } as const
    const body = digestBody(
      { ...atOnceBatch([changeIn("opened", { name: "checkout" })]), ...held },
      { language: "en", pageUrl: "http://localhost:8080" }
    )
    assert.deepStrictEqual(Object.keys(change), Object.keys(body.changes[0]!))
    assert.deepStrictEqual(Object.keys(digest), Object.keys(body))
    assert.deepStrictEqual([change.schema, digest.schema], [body.changes[0]!.schema, body.schema])
    assert.strictEqual(change.summary, body.changes[0]!.summary)
  })

  it("names every metric", () => {
    const source = readFileSync(new URL("../src/metrics.ts", import.meta.url), "utf8")
    for (const [name] of source.matchAll(/chaussettes_notify_\w+/g)) assert.match(page, new RegExp(`\`${name}[{\`]`))
  })

  it("shows limits and addresses in its commands that are taken", () => {
    const limits = [...page.matchAll(/--at-most (\S+?)[`\s]/g)].map(([, text]) => text!)
    assert.isAtLeast(limits.length, 2)
    for (const text of limits.filter((text) => /\d/.test(text))) assert.isDefined(parseLimit(text), text)
    for (const [, address] of page.matchAll(/--(?:to|notify) ([a-z+]+:\/\/\S+)/g))
      assert.isTrue(Result.isSuccess(parseTarget(address!)), address)
  })
})
