import { readdirSync, readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"

const root = new URL("..", import.meta.url)
const page = readFileSync(new URL("docs/how-it-works.md", root), "utf8")

/** The rooms of each folder of which docs/how-it-works.md prints them. */
const printed = [...page.matchAll(/^The rooms of `([^`]+)`:\n\n\| room \| holds \|\n\|---\|---\|\n((?:\|.*\n)+)/gm)]

it("the rooms that docs/how-it-works.md prints are those that are there", () => {
  assert.isAbove(printed.length, 0)
  for (const [, folder, rows] of printed) {
    const rooms = [...rows!.matchAll(/^\| `([^`]+)\/`/gm)].map(([, room]) => room!)
    const there = readdirSync(new URL(folder!, root), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    assert.deepStrictEqual(rooms.sort(), there.map(({ name }) => name).sort(), folder)
  }
})
