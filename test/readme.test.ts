import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

/* The README in both languages says the same. */

const root = fileURLToPath(new URL("../", import.meta.url))
const read = (path: string) => readFileSync(join(root, path), "utf8")

/** A document without its fenced blocks, and these. */
const parts = (text: string) => {
  const blocks: Array<string> = []
  const prose = text.replace(/^```[\s\S]*?^```$/gm, (block) => {
    blocks.push(block)
    return ""
  })
  return { prose, blocks }
}

const levels = (prose: string) => [...prose.matchAll(/^(#+) /gm)].map(([, marks]) => marks!.length)
const links = (prose: string) =>
  [...prose.matchAll(/\]\(([^)\s]+)\)|<(https?:[^>]+)>/g)].map(([, link, bare]) => link ?? bare!)
/** First cells of the tables, in their order. */
const commands = (prose: string) => [...prose.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell]) => cell!.trim())
/** What may be typed, outside of blocks. */
const typed = (prose: string) => (prose.match(/`(?:npm|npx|docker|nats|make) [^`]+`/g) ?? []).sort()

describe("README.fr.md", () => {
  const english = parts(read("README.md"))
  const french = parts(read("README.fr.md"))

  it("has the headings of README.md, level for level", () => {
    assert.deepStrictEqual(levels(french.prose), levels(english.prose))
  })
  it("has the same blocks: commands and what they print", () => {
    assert.deepStrictEqual(french.blocks, english.blocks)
  })
  it("names the same commands", () => {
    assert.deepStrictEqual(commands(french.prose), commands(english.prose))
    assert.deepStrictEqual(typed(french.prose), typed(english.prose))
  })
  it("points to the same places, in the same order", () => {
    const toReadme = (link: string) => /^README/.test(link)
    assert.deepStrictEqual(
      links(french.prose).filter((link) => !toReadme(link)),
      links(english.prose).filter((link) => !toReadme(link))
    )
  })
})
