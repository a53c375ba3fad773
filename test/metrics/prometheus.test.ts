import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
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

interface Link {
  readonly url?: string
}
interface Panel {
  readonly id: number
  readonly title: string
  readonly targets: ReadonlyArray<{ readonly expr: string }>
  readonly links?: ReadonlyArray<Link>
}
interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly panels: ReadonlyArray<Panel>
  readonly links: ReadonlyArray<Link>
  readonly annotations: { readonly list: ReadonlyArray<{ readonly expr: string }> }
  readonly templating: { readonly list: ReadonlyArray<{ readonly name: string }> }
}
const dashboardsFolder = "deploy/grafana"
const dashboards = readdirSync(join(projectFolder, dashboardsFolder))
  .filter((name) => name.endsWith(".json"))
  .map((name) => [name, JSON.parse(read(`${dashboardsFolder}/${name}`)) as Dashboard] as const)
const exprsOf = ({ panels, annotations }: Dashboard) => [
  ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...annotations.list.map(({ expr }) => expr)
]

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

describe("deploy/grafana", () => {
  it("has a dashboard for what is found, and one for the system's own health", () => {
    assert.deepStrictEqual(dashboards.map(([, { uid }]) => uid).sort(), ["chaussettes", "chaussettes-findings"])
    assert.strictEqual(new Set(dashboards.map(([, { title }]) => title)).size, dashboards.length)
  })

  describe.each(dashboards)("%s", (_, dashboard) => {
    const exprs = exprsOf(dashboard)

    it("asks for metrics that there are", () => {
      assert.isAbove(exprs.length, 15)
      assert.deepStrictEqual(unknownIn(exprs.join("\n")), [])
    })

    it.skipIf(!hasPromtool)("has questions that Prometheus understands", () => {
      const folder = mkdtempSync(join(tmpdir(), "chaussettes-promtool-"))
      try {
        const rules = exprs.map((expr, i) => ({
          record: `panel:${i}`,
          expr: expr.replaceAll(/\$__(?:rate_interval|range)/g, "5m")
        }))
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

    it("leads to views that the page has, wherever the page is", () => {
      assert.isTrue(dashboard.templating.list.some(({ name }) => name === "page"))
      const urls = [...dashboard.links, ...dashboard.panels.flatMap(({ links = [] }) => links)].flatMap(({ url }) =>
        url === undefined ? [] : [url]
      )
      assert.isNotEmpty(urls)
      for (const url of urls) {
        const [, path] = /^\$\{page\}(\/[^?]*)\?from=\$\{__from\}&to=\$\{__to\}$/.exec(url) ?? []
        assert.include(["/", "/alerts", "/top", "/what-if", "/status"], path, url)
      }
    })
  })
})
