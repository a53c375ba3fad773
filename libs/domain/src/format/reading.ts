import { type Trust, trustOf } from "../line/trust.ts"
import { areAgents, type IgnoreRules, isIgnoreRules } from "../traffic/rule.ts"
import { trafficOf } from "../traffic/traffic.ts"
import { isUrlTemplates, type UrlTemplates } from "../url/templates.ts"
import { AutoReader } from "./auto.ts"
import { readerOf } from "./compile.ts"
import { type ClientChoice, noChoice } from "./finish.ts"
import type { FormatSpec } from "./spec.ts"

/**
 * How lines are read, as data: it stands in the rules of each record, so that the lines can be read again as they were. Rules without it are those
 * of records from before other formats than Common and Combined were read, and of the strict reading of these two.
 */
export interface LineReading {
  readonly version: 2
  /** Networks whose proxies are believed, as `parseNetworks` gives them. */
  readonly trusted: ReadonlyArray<string>
  /** Which header names the client behind a trusted proxy; by default whichever the format has. */
  readonly client_from?: "forwarded" | "real_client"
  /** The format of all lines, where it is declared; by default the lines show it. */
  readonly format?: FormatSpec
  /** URLs are counted under templates; by default under themselves. */
  readonly templates?: UrlTemplates
  /** Traffic that counts nowhere, in the windows that these rules were in force for. */
  readonly ignore?: IgnoreRules
  /** Agents of bots that are counted apart, beside being counted. */
  readonly bots?: ReadonlyArray<string>
}

export const defaultReading: LineReading = { version: 2, trusted: [] }

const isObject = (json: unknown): json is { readonly [key: string]: unknown } =>
  typeof json === "object" && json !== null

/** Whether this is a format that can be compiled. */
export const isFormatSpec = (json: unknown): json is FormatSpec => {
  if (!isObject(json) || typeof json.name !== "string" || !Array.isArray(json.wrappers) || !isObject(json.inner))
    return false
  if (!["common", "text", "json", "labelled", "columns"].includes(json.inner.kind as string)) return false
  try {
    readerOf(json as unknown as FormatSpec, noChoice)
    return true
  } catch {
    return false
  }
}

/** Whether this is a reading, as records carry it. */
export const isLineReading = (json: unknown): json is LineReading =>
  isObject(json) &&
  json.version === 2 &&
  Array.isArray(json.trusted) &&
  json.trusted.every((network) => typeof network === "string") &&
  [undefined, "forwarded", "real_client"].includes(json.client_from as string | undefined) &&
  (json.format === undefined || isFormatSpec(json.format)) &&
  (json.templates === undefined || isUrlTemplates(json.templates)) &&
  (json.ignore === undefined || isIgnoreRules(json.ignore)) &&
  (json.bots === undefined || areAgents(json.bots))

const choiceOf = ({ trusted, client_from }: LineReading): ClientChoice => {
  const trust: Trust | undefined = trusted.length === 0 ? undefined : trustOf(trusted)
  return { trust, from: client_from }
}

/**
 * The reader that reads so; undefined for the strict reading of Common and Combined.
 * @param describes whether the reader has to find what rules ask for, also where this reading has none
 */
export const readerFor = (reading: LineReading | undefined, describes = false): AutoReader | undefined => {
  if (reading === undefined) return undefined
  const traffic = trafficOf(reading.ignore, reading.bots)
  const choice = { ...choiceOf(reading), describes: describes || traffic !== undefined }
  const reader = new AutoReader({ format: reading.format, choice })
  reader.traffic = traffic
  return reader
}
