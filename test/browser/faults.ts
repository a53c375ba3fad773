import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** How much wider than the screen the page is, in pixels. */
export const overflowWidth = "document.documentElement.scrollWidth - innerWidth"

/** What axe-core finds in the way of people, of what matters. The page's own policy keeps a page's script from being added; the browser's does not. */
export const accessibilityFaults = async (page: Page): Promise<ReadonlyArray<string>> => {
  const client = await page.context().newCDPSession(page)
  await client.send("Runtime.evaluate", { expression: axe })
  const { result } = await client.send("Runtime.evaluate", {
    expression: `axe.run(document, { resultTypes: ["violations"] }).then((r) => JSON.stringify(
      r.violations.filter((v) => v.impact === "serious" || v.impact === "critical")
        .map((v) => v.id + ": " + v.nodes.map((n) => n.html).slice(0, 3).join(" | "))))`,
    awaitPromise: true,
    returnByValue: true
  })
  return JSON.parse(String(result.value)) as ReadonlyArray<string>
}
