import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { projectFolder } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"
import { hasPromtool, promtool } from "./parts.ts"

/* deploy/prometheus and deploy/grafana: tried with promtool, and held to the metrics that there are (docs/metrics.md). */

const read = (path: string): string => readFileSync(join(projectFolder, path), "utf8")

/** Every metric that docs/metrics.md lists, with the series that Prometheus makes of a histogram. */
const known = new Set(
  [...read("docs/metrics.md").matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].flatMap(([, name, type]) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name!]
  )
)
const namesIn = (text: string) => [...new Set(text.match(/\b(?:chaussettes|process)_\w+/g))].sort()
const unknownIn = (text: string) => namesIn(text).filter((name) => !known.has(name))

interface Panel {
  readonly id: number
  readonly title: string
  readonly targets: ReadonlyArray<{ readonly expr: string }>
}
const dashboard = JSON.parse(read("deploy/grafana/chaussettes.json")) as { readonly panels: ReadonlyArray<Panel> }
const exprs = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

describe("deploy/prometheus", () => {
  it.skipIf(!hasPromtool)("has a configuration that Prometheus takes", () => {
    const checked = promtool(["check", "config", "deploy/prometheus/prometheus.yml"])
    assert.strictEqual(checked.code, 0, checked.output)
  })

  it.skipIf(!hasPromtool)("has rules that fire when they should and not otherwise (alerts.test.yml)", () => {
    const tested = promtool(["test", "rules", "deploy/prometheus/alerts.test.yml"])
    assert.strictEqual(tested.code, 0, tested.output)
  })

  it("tries every rule, firing and silent", () => {
    const tests = read("deploy/prometheus/alerts.test.yml")
    for (const [, alert] of read("deploy/prometheus/alerts.yml").matchAll(/- alert: (\w+)/g)) {
      const silent = new RegExp(`alertname: ${alert}, exp_alerts: \\[\\]`)
      const firing = new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:`)
      assert.match(tests, silent)
      assert.match(tests, firing)
    }
  })

  it("asks for metrics that there are", () => {
    const rules = read("deploy/prometheus/alerts.yml").match(/^\s+expr: (?:>-\n(?:\s{10}.*\n)+|.*\n)/gm)!
    assert.isAbove(rules.length, 10)
    assert.deepStrictEqual(unknownIn(rules.join("\n")), [])
  })
})

describe("deploy/grafana/chaussettes.json", () => {
  it("asks for metrics that there are", () => {
    assert.isAbove(exprs.length, 20)
    assert.deepStrictEqual(unknownIn(exprs.join("\n")), [])
  })

  it.skipIf(!hasPromtool)("has questions that Prometheus understands", () => {
    const folder = mkdtempSync(join(tmpdir(), "chaussettes-promtool-"))
    try {
      const rules = exprs.map((expr, i) => ({ record: `panel:${i}`, expr: expr.replaceAll("$__rate_interval", "5m") }))
      const file = join(folder, "rules.yml")
      // JSON is YAML.
      writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }))
      const checked = promtool(["check", "rules", file])
      assert.strictEqual(checked.code, 0, checked.output)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("gives each panel an identity and a name of its own", () => {
    assert.strictEqual(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
    assert.strictEqual(new Set(dashboard.panels.map(({ title }) => title)).size, dashboard.panels.length)
  })
})
