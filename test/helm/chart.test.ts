import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { projectFolder } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { parse } from "yaml"
import {
  canCheck,
  chartFolder,
  chartWith,
  hasHelm,
  hasNatsChart,
  helm,
  type Manifest,
  release,
  render,
  schemas,
  valueSets
} from "./chart.ts"
import { natsOf } from "./nats-chart.ts"

/* deploy/helm: what helm makes of it, and what Kubernetes would say. servers.test.ts starts the servers that it describes. */

const folder = mkdtempSync(join(tmpdir(), "chaussettes-helm-"))
const chart = join(folder, "stand-in")
/** By the name of the value set: what is rendered, and the servers that the NATS chart would add. */
const rendered = new Map<string, ReadonlyArray<Manifest>>()
/** The name of a value set that is rendered with the NATS chart itself, where that is there. */
const itsOwn = (set: string) => `${set} and the NATS chart itself`

beforeAll(() => {
  if (!hasHelm) return
  chartWith(chart, "stand-in")
  for (const [name, values] of valueSets) {
    const objects = render(chart, ...values)
    const servers = objects.some(({ metadata }) => metadata.name === "handed") ? [natsOf(objects).servers] : []
    rendered.set(name, [...objects.filter(({ metadata }) => metadata.name !== "handed"), ...servers])
  }
  if (!hasNatsChart) return
  const whole = chartWith(join(folder, "its-own"), "its own")
  for (const [name, values] of valueSets) rendered.set(itsOwn(name), render(whole, ...values))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (path: string) => readFileSync(join(projectFolder, path), "utf8")
const names = valueSets.map(([name]) => name)
const sets = [...names, ...(hasNatsChart ? names.map(itsOwn) : [])]
const ofKind = (set: string, ...kinds: ReadonlyArray<string>): ReadonlyArray<Manifest> =>
  rendered.get(set)!.filter(({ kind }) => kinds.includes(kind))
const named = (set: string, kind: string, name: string): Manifest =>
  ofKind(set, kind).find(({ metadata }) => metadata.name === name)
/** What makes pods, with the name of its part. */
const workloads = (set: string) =>
  ofKind(set, "Deployment", "StatefulSet", "DaemonSet", "Job").map((object) => {
    const pod = object.spec.template
    return {
      name: object.metadata.name as string,
      object,
      pod,
      part: pod.metadata.labels["app.kubernetes.io/component"]
    }
  })

const withoutNulls = (_: string, value: unknown) => value ?? undefined

/** Asks kubeconform whether the API server would take these objects. To that, a field that is null is not there. */
const taken = (objects: ReadonlyArray<Manifest>) => {
  const { status, stdout, stderr } = spawnSync(
    "kubeconform",
    ["-strict", "-summary", "-schema-location", `${schemas}/{{.ResourceKind}}{{.KindSuffix}}.json`],
    { encoding: "utf8", input: objects.map((object) => JSON.stringify(object, withoutNulls)).join("\n---\n") }
  )
  assert.strictEqual(status, 0, stdout + stderr)
  assert.include(stdout, `Valid: ${objects.length}, Invalid: 0, Errors: 0, Skipped: 0`)
}

describe.skipIf(!hasHelm)("the chart", () => {
  it.each(valueSets)("passes helm's lint with the values %s", (_, values) => {
    const { code, stdout, stderr } = helm(["lint", chart, "--strict", ...values])
    assert.strictEqual(code, 0, stdout + stderr)
  })

  it("takes accounts, viewers' server and rules from the files that every other deployment takes", () => {
    assert.strictEqual(named("default", "ConfigMap", "logs-server").data["nats.conf"], read("deploy/nats.conf"))
    const viewers = named("default", "ConfigMap", "logs-viewers")
    assert.strictEqual(viewers.data["nats-viewers.conf"], read("deploy/nats-viewers.conf"))
    const [rules] = ofKind("all", "PrometheusRule")
    assert.deepStrictEqual(rules.spec, parse(read("deploy/prometheus/alerts.yml")))
  })

  it("has a lock that fits its dependency", () => {
    const config = join(folder, "repositories.yaml")
    const { repository } = parse(read("deploy/helm/Chart.yaml")).dependencies[0]
    writeFileSync(config, `repositories:\n  - name: nats\n    url: ${repository}\n`)
    const own = ["--repository-config", config, "--repository-cache", join(folder, "cache")]
    // Without the repository's index it goes no further than to compare them.
    const { stderr } = helm(["dependency", "build", chart, "--skip-refresh", ...own])
    assert.match(stderr, /nats-index\.yaml: no such file/)
  })

  it("has a default for every value that its schema knows, and the other way round", () => {
    const schema = JSON.parse(read("deploy/helm/values.schema.json"))
    const defaults = parse(read("deploy/helm/values.yaml"), { merge: true })
    const same = (at: string, values: Manifest, { properties }: Manifest) => {
      if (properties === undefined || at === ".nats") return
      assert.deepStrictEqual(Object.keys(values).sort(), Object.keys(properties).sort(), at)
      for (const key of Object.keys(properties)) same(`${at}.${key}`, values[key], properties[key])
    }
    same("", defaults, schema)
  })

  it("makes each node a source, by a name that a source may have", () => {
    const ship = ofKind("all", "DaemonSet").find(({ metadata }) => metadata.name === "logs-ship")
    const [{ command, args }] = ship.spec.template.spec.containers
    const [shell, flag, script, name] = command
    const shown = script.replace(/exec node .*\.mjs/, "printf '%s\\n'")
    assert.notStrictEqual(shown, script)
    const run = (node: string) =>
      spawnSync(shell, [flag, shown, name, ...args], {
        encoding: "utf8",
        env: { PATH: process.env.PATH, NODE_NAME: node }
      })
    const logs = "/var/log/containers/ingress-nginx-controller-*.log"
    const said = run("ip-10-0-0-1.eu-west-1.compute.internal").stdout
    assert.strictEqual(said, `ship\n--source\nip-10-0-0-1-eu-west-1-compute-internal\n${logs}\n`)
    assert.match(run("n".repeat(253)).stdout, /\nn{64}\n/)
  })

  it("says at the end where the page is and what is still to be done", () => {
    const notes = (...args: ReadonlyArray<string>) =>
      helm(["install", release[0]!, chart, ...release.slice(1), "--dry-run=client", ...args]).stdout.split("NOTES:")[1]!
    assert.match(notes(), /port-forward service\/logs-dashboard 8080:80\n/)
    assert.match(notes(), /No lines arrive yet.*Nobody is notified/s)
    const all = notes("--values", join(chartFolder, "ci/all-values.yaml"))
    assert.match(all, /https:\/\/logs\.example\.org\/chaussettes\//)
    assert.notMatch(all, /Nobody is notified|No lines arrive/)
  })
})

describe.skipIf(!hasHelm)("values", () => {
  const refusal = (...args: ReadonlyArray<string>): string => {
    const { code, stderr } = helm(["template", "logs", chart, ...args])
    assert.notStrictEqual(code, 0)
    return stderr
  }

  it.each([
    ["a number as text", "detector.replicas=two", "/detector/replicas': got string, want integer"],
    ["a name that nobody knows", "dashbord.replicas=2", "additional properties 'dashbord' not allowed"],
    ["a copy too many for a majority", "init.replicas=2", "/init/replicas': value must be one of 1, 3, 5"],
    ["a span without its unit", "thresholds.every=60", "/thresholds/every'"],
    ["another word for yes", "notify.enabled=yes", "/notify/enabled': got string, want boolean"],
    ["a password in an address", "connection.urls[0]=nats://me:secret@nats:4222", "/connection/urls/0': "],
    ["a setting that is no variable", "settings.window=30s", "invalid propertyName 'window'"]
  ])("with %s are refused by the schema", (_, value, words) => {
    assert.include(refusal("--set", value), words)
  })

  it.each([
    ["servers of one's own beside the chart's", ["connection.urls[0]=nats://nats:4222"], "set nats.enabled=false"],
    ["no server at all", ["nats.enabled=false"], "name yours in connection.urls"],
    ["more copies than servers", ["init.replicas=5"], "init.replicas=5 needs that many servers, and there are 3"],
    ["a port that the configuration does not name", ["nats.config.nats.port=4333"], "leave them as they are"],
    ["a notifier without receivers", ["notify.enabled=true"], "name it in notify.secret"],
    ["ship without files", ["ship.enabled=true"], "name them in ship.logs"],
    ["ship with files elsewhere", ["ship.enabled=true", "ship.logs[0]=/srv/a.log"], "not below ship.hostPath /var/log"],
    ["a monitor that nothing lets through", ["monitoring.podMonitor.enabled=true"], "networkPolicy.monitoring"],
    ["an ingress without a host", ["dashboard.ingress.enabled=true"], "needs dashboard.ingress.host"]
  ])("with %s are refused in one sentence that says what to do", (_, settings, words) => {
    const said = refusal(...settings.flatMap((one) => ["--set", one]))
    assert.include(said, words)
    assert.notInclude(said, "nil pointer")
  })
})

describe.skipIf(!hasHelm).each(sets)("with the values %s", (set) => {
  it("every pod runs without root, capabilities, a writable root and an account of Kubernetes, within limits", () => {
    for (const { name, pod } of workloads(set)) {
      const { securityContext, automountServiceAccountToken, containers } = pod.spec
      assert.isFalse(automountServiceAccountToken, name)
      assert.isTrue(securityContext.runAsNonRoot, name)
      assert.isAbove(securityContext.runAsUser, 0, name)
      assert.deepStrictEqual(securityContext.seccompProfile, { type: "RuntimeDefault" }, name)
      for (const { resources, securityContext: own } of containers) {
        const { allowPrivilegeEscalation, capabilities, readOnlyRootFilesystem } = own
        assert.deepStrictEqual(
          { allowPrivilegeEscalation, capabilities, readOnlyRootFilesystem },
          { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true },
          name
        )
        assert.match(resources.limits.memory, /^\d+Mi$/, name)
        assert.isDefined(resources.requests.cpu, name)
      }
    }
  })

  it("every selector selects a pod", () => {
    const labels = workloads(set).map(({ pod }) => pod.metadata.labels)
    const selects = (selector: { readonly [label: string]: string }) =>
      labels.some((own) => Object.entries(selector).every(([key, value]) => own[key] === value))
    for (const { metadata, spec } of ofKind(set, "PodDisruptionBudget", "NetworkPolicy", "PodMonitor", "Deployment")) {
      assert.isTrue(selects((spec.selector ?? spec.podSelector).matchLabels), metadata.name)
    }
    for (const { metadata, spec } of ofKind(set, "Service")) assert.isTrue(selects(spec.selector), metadata.name)
  })

  it("two of a part are kept apart and evicted one at a time", () => {
    for (const { name, object, part, pod } of workloads(set)) {
      if (object.kind !== "Deployment" || object.spec.replicas < 2) continue
      assert.strictEqual(named(set, "PodDisruptionBudget", name).spec.maxUnavailable, 1, part)
      const { podAntiAffinity } = pod.spec.affinity
      const [rule] = Object.values(podAntiAffinity).flat() as ReadonlyArray<Manifest>
      const { topologyKey, labelSelector } = rule.podAffinityTerm ?? rule
      assert.strictEqual(topologyKey, "kubernetes.io/hostname")
      assert.deepStrictEqual(labelSelector, object.spec.selector)
    }
  })

  it("every part connects as its own role, with the one password of that role", () => {
    const role: { readonly [part: string]: string } = { init: "operator", generator: "shipper", viewers: "mirror" }
    for (const { part, pod } of workloads(set)) {
      if (part === "nats") continue
      const { env } = pod.spec.containers[0]
      const keys = env
        .map(({ valueFrom }: Manifest) => valueFrom?.secretKeyRef?.key)
        .filter((key: string | undefined) => key?.endsWith("_PASSWORD"))
      assert.deepStrictEqual(keys, [`CHAUSSETTES_${(role[part] ?? part).toUpperCase()}_PASSWORD`], part)
      if (part === "viewers") continue
      assert.strictEqual(env.find(({ name }: Manifest) => name === "NATS_USER").value, role[part] ?? part)
    }
  })

  it("every flag of a part's command is one that the command has", () => {
    const configuration = read("docs/configuration.md")
    for (const { part, pod } of workloads(set)) {
      const [{ args }] = pod.spec.containers
      if (!["init", "detector", "thresholds", "dashboard", "notify", "generator"].includes(part)) continue
      const section = configuration.split(`\n## \`chaussettes ${args[0]}\`\n`)[1]?.split("\n## ")[0]
      for (const flag of args.filter((arg: string) => arg.startsWith("--"))) {
        assert.include(section, `\`${flag}\``, `${part} ${flag}`)
      }
    }
  })

  it.skipIf(!canCheck)("every object is one that Kubernetes takes", () => {
    taken(rendered.get(set)!)
  })
})

describe.skipIf(!hasNatsChart)("what plays the NATS chart's part", () => {
  /** Whether all of `expected` is in `actual`, in lists in any place. */
  const has = (actual: Manifest, expected: Manifest): boolean => {
    if (typeof expected !== "object" || expected === null) return actual === expected
    if (typeof actual !== "object" || actual === null) return false
    if (Array.isArray(expected)) return expected.every((one) => actual.some((other: Manifest) => has(other, one)))
    return Object.entries(expected).every(([key, value]) => has(actual[key], value))
  }

  it.each(valueSets.filter(([name]) => name !== "external"))(
    "says nothing else than it with the values %s",
    (set, values) => {
      const played = natsOf(render(chart, ...values))
      const own = natsOf(rendered.get(itsOwn(set))!)
      for (const line of played.conf.split("\n")) assert.include(own.conf, line.replace(/,$/, ""))
      assert.isTrue(has(own.servers, played.servers))
    }
  )

  it("has every file that the servers include watched, so that they load it again", () => {
    const { containers } = natsOf(rendered.get(itsOwn("secrets"))!).servers.spec.template.spec
    const { args, volumeMounts } = containers.find(({ name }: Manifest) => name === "reloader")
    for (const file of ["/etc/chaussettes/nats.conf", "/etc/chaussettes-kubernetes/kubernetes.conf"]) {
      assert.include(args, file)
      assert.isTrue(
        volumeMounts.some(({ mountPath }: Manifest) => file.startsWith(`${mountPath}/`)),
        file
      )
    }
  })
})
