import { prefixProblem } from "./prefix-form.ts"

/**
 * What the names of this process's system begin with on the server, so that two systems can share an account: a constant of the process. It is read
 * when this module is loaded; `runMain` puts --prefix and the configuration into the environment before any command loads it.
 */
const prefix = process.env.CHAUSSETTES_PREFIX ?? ""

const problem = prefix === "" ? undefined : prefixProblem(prefix)
if (problem !== undefined) throw new Error(`CHAUSSETTES_PREFIX is ${JSON.stringify(prefix)}: ${problem}.`)

/** A stream's, bucket's or service's name on the server: `shop_LOGS` of `LOGS`. */
export const named = (name: string): string => (prefix === "" ? name : `${prefix}_${name}`)

/** The name without the prefix, as all systems have it: `LOGS` of `shop_LOGS`, `KV_seuils` of `KV_shop_seuils`. */
export const bareName = (stream: string): string => {
  if (prefix === "") return stream
  const kind = stream.startsWith("KV_") ? "KV_" : ""
  return kind + stream.slice(kind.length + prefix.length + 1)
}

/** Stands before every subject: `shop.`, or nothing. */
export const subjectPrefix = prefix === "" ? "" : `${prefix}.`
