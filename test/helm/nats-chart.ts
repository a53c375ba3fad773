import { parse } from "yaml"
import type { Manifest } from "./chart.ts"

/*
 * What the NATS chart makes of its values, as far as this chart relies on it and as the NATS chart's documentation says: templates in values,
 * `merge`, JSON patches, and a configuration whose keys stand in alphabetical order, `…$include` among them.
 */

type Values = { readonly [key: string]: Manifest }

/** `{ $tplYaml: text }` is what its rendered text means as YAML. */
const resolved = (value: Manifest): Manifest => {
  if (Array.isArray(value)) return value.map(resolved)
  if (typeof value !== "object" || value === null) return value
  const keys = Object.keys(value)
  if (keys.includes("$tplYaml")) {
    // Beside other keys the NATS chart leaves it as it is.
    if (keys.length > 1) throw new Error(`$tplYaml stands beside ${keys.join(", ")}`)
    return parse(value.$tplYaml)
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]))
}

/** The values that the stand-in was handed. */
const handed = (objects: ReadonlyArray<Manifest>): Values => {
  const shown = objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "handed")
  return resolved(JSON.parse(shown.data.values))
}

const merged = (into: Manifest, from: Manifest): Manifest => {
  if (typeof from !== "object" || from === null || Array.isArray(from)) return from
  const made = typeof into === "object" && into !== null && !Array.isArray(into) ? { ...into } : {}
  for (const [key, value] of Object.entries(from)) made[key] = merged(made[key], value)
  return made
}

/** Of RFC 6902 what the chart uses: `add`, to an object or at the end of a list. */
const patched = (into: Manifest, patch: ReadonlyArray<Manifest> = []): Manifest => {
  const made = structuredClone(into)
  for (const { op, path, value } of patch) {
    if (op !== "add") throw new Error(`a patch that is not played here: ${op}`)
    const keys = (path as string).split("/").slice(1)
    const last = keys.pop()!
    const parent = keys.reduce((at, key) => at[key], made)
    if (last === "-") parent.push(value)
    else parent[last] = value
  }
  return made
}

/** The names by which the NATS chart calls its objects in this release. */
export const natsName = "logs-nats"

/** Where TLS is on, for clients or between servers: the folder of its certificate below /etc/nats-certs, the Secret and further settings. */
const certificates = ({ cluster, nats }: Values) =>
  Object.entries({ nats: nats?.tls, cluster: cluster.enabled ? cluster.tls : undefined })
    .filter(([, tls]) => tls?.enabled)
    .map(([name, { secretName, merge }]) => ({ name, secretName, merge }))

/** The StatefulSet of the servers. */
const playedServers = (values: Values): Manifest => {
  const { config, container, podTemplate, reloader } = values
  const cluster = config.cluster.enabled ? config.cluster : undefined
  const tls = certificates(config)
  const labels = {
    "app.kubernetes.io/name": "nats",
    "app.kubernetes.io/instance": "logs",
    "app.kubernetes.io/component": "nats"
  }
  const nats = {
    name: "nats",
    image: `nats:${container.image.tag}`,
    args: ["--config", "/etc/nats-config/nats.conf"],
    env: [
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "SERVER_NAME", value: "$(POD_NAME)" },
      ...Object.entries(container.env).map(([name, value]) =>
        typeof value === "string" ? { name, value } : { name, ...(value as object) }
      )
    ],
    volumeMounts: [
      { name: "config", mountPath: "/etc/nats-config" },
      { name: "pid", mountPath: "/var/run/nats" },
      { name: `${natsName}-js`, mountPath: config.jetstream.fileStore.dir },
      ...tls.map(({ name }) => ({ name: `${name}-tls`, mountPath: `/etc/nats-certs/${name}` }))
    ]
  }
  const pod = {
    metadata: { labels },
    spec: {
      containers: [
        patched(merged(nats, container.merge), container.patch),
        merged({ name: "reloader", image: "natsio/nats-server-config-reloader:0.23.0" }, reloader.merge)
      ],
      terminationGracePeriodSeconds: 60,
      topologySpreadConstraints: Object.entries(podTemplate.topologySpreadConstraints).map(([topologyKey, rest]) => ({
        topologyKey,
        labelSelector: { matchLabels: labels },
        ...(rest as object)
      })),
      volumes: [
        { name: "config", configMap: { name: `${natsName}-config` } },
        { name: "pid", emptyDir: {} },
        ...tls.map(({ name, secretName }) => ({ name: `${name}-tls`, secret: { secretName } }))
      ]
    }
  }
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: natsName },
    spec: {
      replicas: cluster?.replicas ?? 1,
      serviceName: `${natsName}-headless`,
      selector: { matchLabels: labels },
      template: patched(merged(pod, podTemplate.merge), podTemplate.patch)
    }
  }
}

/** nats.conf of the servers: the NATS chart's own settings, and what `config.merge` adds to them. */
const playedConf = (values: Values): string => {
  const { config } = values
  const { cluster, jetstream, leafnodes, merge } = config
  const tls = Object.fromEntries(
    certificates(config).map(({ name, merge }) => [
      name,
      { tls: { cert_file: `/etc/nats-certs/${name}/tls.crt`, key_file: `/etc/nats-certs/${name}/tls.key`, ...merge } }
    ])
  )
  const own = {
    ...(cluster.enabled && {
      cluster: {
        name: natsName,
        no_advertise: true,
        port: 6222,
        routes: Array.from({ length: cluster.replicas }, (_, i) => `tls://${natsName}-${i}.${natsName}-headless:6222`),
        ...tls.cluster
      }
    }),
    http_port: 8222,
    jetstream: {
      max_file_store: `<< ${jetstream.fileStore.pvc.size} >>`,
      max_memory_store: 0,
      store_dir: jetstream.fileStore.dir
    },
    lame_duck_duration: "30s",
    lame_duck_grace_period: "10s",
    ...(leafnodes.enabled && { leafnodes: { no_advertise: true, port: 7422 } }),
    pid_file: "/var/run/nats/nats.pid",
    port: 4222,
    server_name: "<< $SERVER_NAME >>",
    ...tls.nats,
    ...(merge as object)
  }
  const sorted = Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)))
  return JSON.stringify(sorted, undefined, 2)
    .replace(/".*\$include": "(.*)",?/g, "include $1;")
    .replace(/"<< (.*?) >>"/g, "$1")
}

/** The servers and their nats.conf: of the NATS chart itself, or of what plays its part. */
export const natsOf = (objects: ReadonlyArray<Manifest>): { readonly servers: Manifest; readonly conf: string } => {
  const find = (kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata.name === name)
  const own = find("ConfigMap", `${natsName}-config`)
  if (own !== undefined) return { servers: find("StatefulSet", natsName), conf: own.data["nats.conf"] }
  const values = handed(objects)
  return { servers: playedServers(values), conf: playedConf(values) }
}
