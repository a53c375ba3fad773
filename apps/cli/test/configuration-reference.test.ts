import { readFileSync } from "node:fs"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { configurationReference } from "../src/config/reference.ts"
import { root } from "../src/root.ts"

describe("docs/configuration.md", () => {
  it.effect("is what the commands say now (else: npm run docs)", () =>
    Effect.gen(function* () {
      const text = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8")
      assert.strictEqual(text, yield* configurationReference(root))
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("knows defaults, in the form in which the flags take them", () =>
    Effect.gen(function* () {
      const text = yield* configurationReference(root)
      assert.match(text, /\| `detect\.window` \| `--window` \|.*\| `10s` \|/)
      assert.match(text, /\| `start\.nats-port` \| `--nats-port` \|.*\| `4222` \|/)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
