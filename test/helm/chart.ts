import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { projectFolder } from "@chaussettes/testing"
import { parse, parseAllDocuments } from "yaml"

/* deploy/helm as helm renders it. The programs and the schemas are those of .ci/helm.sh. */

export const chartFolder = join(projectFolder, "deploy/helm")
export const schemas = process.env.KUBERNETES_SCHEMAS ?? join(homedir(), ".cache/chaussettes-ci/kubernetes")

export const hasHelm = spawnSync("helm", ["version"]).status === 0
if (!hasHelm) console.warn("helm is not on PATH (.ci/helm.sh builds it): the chart is not rendered.")
export const canCheck = hasHelm && spawnSync("kubeconform", ["-v"]).status === 0 && existsSync(schemas)
if (!canCheck)
  console.warn("kubeconform or the schemas are missing (.ci/helm.sh): the chart's objects are not checked by them.")

/** A part of a manifest; tests look into it, and kubeconform has checked its form. */
// biome-ignore lint/suspicious/noExplicitAny: an object of any kind
export type Manifest = any

const [{ version: natsVersion }] = parse(readFileSync(join(chartFolder, "Chart.lock"), "utf8")).dependencies
/** The archive of the NATS chart, in the version that the lock names; there if its repository could be reached. */
const natsChart = `nats-${natsVersion}.tgz`
export const hasNatsChart = hasHelm && existsSync(join(schemas, natsChart))

/**
 * Stands in for the NATS chart: shows the values that it is handed, with the templates in them rendered. Its repository is one web site's,
 * and a test must not fail because that one is away.
 */
const standIn = (folder: string): void => {
  const chart = join(folder, "charts/nats")
  mkdirSync(join(chart, "templates"), { recursive: true })
  writeFileSync(join(chart, "Chart.yaml"), `apiVersion: v2\nname: nats\nversion: ${natsVersion}\n`)
  writeFileSync(
    join(chart, "templates/handed.yaml"),
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: handed }\ndata:\n  values: {{ tpl (toJson .Values) . | quote }}\n"
  )
}

/** A copy of the chart in `folder` that helm renders without a network. */
export const chartWith = (folder: string, nats: "stand-in" | "its own"): string => {
  cpSync(chartFolder, folder, { recursive: true, dereference: true })
  if (nats === "stand-in") standIn(folder)
  else cpSync(join(schemas, natsChart), join(folder, "charts", natsChart))
  return folder
}

/** `helm` with these arguments, in the form that tests read: both streams and the code. */
export const helm = (args: ReadonlyArray<string>) => {
  const { status, stdout, stderr } = spawnSync("helm", args, { encoding: "utf8", maxBuffer: 64 * 2 ** 20 })
  return { code: status, stdout, stderr }
}

export const release = ["logs", "--namespace", "watch"]

export const render = (chart: string, ...args: ReadonlyArray<string>): ReadonlyArray<Manifest> => {
  const [name, ...namespace] = release
  const { code, stdout, stderr } = helm(["template", name!, chart, ...namespace, ...args])
  if (code !== 0) throw new Error(stderr)
  return parseAllDocuments(stdout)
    .map((document) => document.toJS())
    .filter((object) => object !== null)
}

/** The value sets of deploy/helm/ci, and that of nobody's wishes. */
export const valueSets = [
  ["default", []],
  ...readdirSync(join(chartFolder, "ci")).map(
    (file) => [file.replace("-values.yaml", ""), ["--values", join(chartFolder, "ci", file)]] as const
  )
] as ReadonlyArray<readonly [string, ReadonlyArray<string>]>
