// Writes the schemas that kubeconform checks rendered objects by, of Kubernetes' own description of its API and of the Prometheus Operator's
// custom resources; strictly: a field that the API does not know is an error, as the API server's own strict validation says.
//   node test/helm/schemas.ts SWAGGER.json CRDS-FOLDER OUT
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "yaml"

type Schema = { [key: string]: unknown }

const isObject = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** As JSON Schema, which knows neither Kubernetes' formats nor that an unknown field is an error. */
const strict = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(strict)
  if (!isObject(schema)) return schema
  const made: Schema = Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => key !== "description" && key !== "default")
      .map(([key, value]) => [key, key === "enum" ? value : strict(value)])
  )
  if (schema.format === "int-or-string") return { type: ["string", "integer"] }
  delete made.format
  if (isObject(schema.properties) && schema["x-kubernetes-preserve-unknown-fields"] !== true) {
    made.additionalProperties ??= false
  }
  return made
}

const definitionOf = (reference: string) => reference.slice("#/definitions/".length)

/** The definitions that this one needs, itself included. */
const reachable = (name: string, all: { readonly [name: string]: unknown }, found: Schema = {}): Schema => {
  if (name in found) return found
  found[name] = all[name]
  for (const [, reference] of JSON.stringify(all[name]).matchAll(/"\$ref":"([^"]+)"/g)) {
    reachable(definitionOf(reference!), all, found)
  }
  return found
}

/** Under the name by which kubeconform looks for it. */
const write = (folder: string, group: string, version: string, kind: string, schema: unknown) => {
  const name = [kind, ...(group === "" ? [] : [group.split(".")[0]]), version].join("-").toLowerCase()
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(schema))
}

const quantity = { type: ["string", "number"] }

const fromSwagger = (path: string, out: string): void => {
  const { definitions } = JSON.parse(readFileSync(path, "utf8")) as { definitions: { [name: string]: Schema } }
  const all: { [name: string]: unknown } = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, strict(schema)])
  )
  all["io.k8s.apimachinery.pkg.api.resource.Quantity"] = quantity
  for (const [name, schema] of Object.entries(definitions)) {
    const kinds = (schema["x-kubernetes-group-version-kind"] ?? []) as ReadonlyArray<{
      readonly group: string
      readonly version: string
      readonly kind: string
    }>
    // What stands for several kinds, such as DeleteOptions, is no object of a manifest.
    if (kinds.length !== 1) continue
    const [{ group, version, kind }] = kinds as [(typeof kinds)[number]]
    write(out, group, version, kind, { $ref: `#/definitions/${name}`, definitions: reachable(name, all) })
  }
}

const fromCustomResources = (folder: string, out: string): void => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".yaml"))) {
    const { spec } = parse(readFileSync(join(folder, file), "utf8"))
    for (const { name, schema } of spec.versions) {
      const made = strict(schema.openAPIV3Schema) as { properties: Schema }
      made.properties.metadata = { type: "object" }
      write(out, spec.group, name, spec.names.kind, made)
    }
  }
}

const [swagger, resources, out] = process.argv.slice(2)
if (out === undefined) throw new Error("usage: schemas.ts SWAGGER.json CRDS-FOLDER OUT")
mkdirSync(out, { recursive: true })
fromSwagger(swagger!, out)
fromCustomResources(resources!, out)
