import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { deployFile } from "../program.ts"
import { accountOf, shippersIn } from "./shippers.ts"
import { mirrorListenVariable, mirrorUrlVariable, type Passwords, users, variableOf, writeSecret } from "./store.ts"

/** Where deploy/nats.conf takes the accounts of added shippers. */
const marker = "  # chaussettes credentials --add\n"

/** deploy/nats.conf with the accounts of the shippers that were added to a folder of credentials. */
const serverConfiguration = (dir: string): string => {
  const template = readFileSync(deployFile("nats.conf"), "utf8")
  if (!template.includes(marker)) throw new Error(`${deployFile("nats.conf")} has no place for added shippers`)
  return template.replace(marker, () => marker + shippersIn(dir).map(accountOf).join(""))
}

/** Writes what the server, with TLS, without or as one of a cluster, and the viewers' server are started with; answers the paths. */
export const writeServerFiles = (dir: string) => {
  const server = join(dir, "nats.conf")
  const viewers = join(dir, "nats-viewers.conf")
  writeSecret(server, serverConfiguration(dir))
  writeSecret(viewers, readFileSync(deployFile("nats-viewers.conf"), "utf8"))
  mkdirSync(join(dir, "tls"), { recursive: true, mode: 0o700 })
  writeSecret(join(dir, "tls", "nats.conf"), readFileSync(deployFile("tls/nats.conf"), "utf8"))
  // Beside what it includes: systemd hands a service its files in one folder.
  const clustered = join(dir, "nats-cluster.conf")
  writeSecret(clustered, readFileSync(deployFile("cluster/nats.conf"), "utf8").replace('include "../', 'include "'))
  return { server, viewers, clustered }
}

/** The variables of deploy/nats.conf; `listen` is where the viewers' server connects. */
export const serverEnvironment = (passwords: Passwords, listen: string): { readonly [name: string]: string } => ({
  ...Object.fromEntries(users.map((user) => [variableOf(user), passwords[user]])),
  [mirrorListenVariable]: listen
})

/** The variables of deploy/nats-viewers.conf: no password but its own. */
export const viewersEnvironment = (passwords: Passwords, address: string): { readonly [name: string]: string } => ({
  [variableOf("mirror")]: passwords.mirror,
  [mirrorUrlVariable]: `nats-leaf://mirror:${passwords.mirror}@${address}`
})
