import { existsSync, readdirSync, readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"

const root = new URL("..", import.meta.url)
const page = readFileSync(new URL("docs/how-it-works.md", root), "utf8")

it("docs/how-it-works.md names every app and library, and no other", () => {
  const named = [...page.matchAll(/^\| `((?:apps|libs)\/[a-z]+)` \|/gm)].map(([, folder]) => folder!)
  const there = ["apps", "libs"].flatMap((parent) =>
    readdirSync(new URL(`${parent}/`, root)).map((name) => `${parent}/${name}`)
  )
  assert.deepStrictEqual(named.toSorted(), there.toSorted())
})

it("files that docs/how-it-works.md names are there", () => {
  const files = [...page.matchAll(/`((?:apps|libs)\/[\w./-]+\.ts)`/g)].map(([, file]) => file!)
  assert.isAbove(files.length, 0)
  for (const file of files) assert.isTrue(existsSync(new URL(file, root)), file)
})
