import { type LineKey, noKeys } from "../dimension/line-key.ts"
import { type Trust, trustOf } from "../line/trust.ts"
import { areAgents, isIgnoreRules } from "../traffic/rule.ts"
import { trafficOf } from "../traffic/traffic.ts"
import { isUrlTemplates } from "../url/templates.ts"
import { AutoReader } from "./auto.ts"
import { readerOf } from "./compile.ts"
import { fieldNames } from "./fields.ts"
import { type ClientChoice, noChoice } from "./finish.ts"
import type { LineReading } from "./line-reading.ts"
import { isSourceFormats } from "./source-formats.ts"
import type { FormatSpec } from "./spec.ts"

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
  (json.formats === undefined || isSourceFormats(json.formats)) &&
  (json.templates === undefined || isUrlTemplates(json.templates)) &&
  (json.ignore === undefined || isIgnoreRules(json.ignore)) &&
  (json.bots === undefined || areAgents(json.bots))

const choiceOf = ({ trusted, client_from }: LineReading): ClientChoice => {
  const trust: Trust | undefined = trusted.length === 0 ? undefined : trustOf(trusted)
  return { trust, from: client_from }
}

export interface Asked {
  /** Whether the reader has to find what rules ask for, also where this reading has none. */
  readonly describes?: boolean
  /** Whether it has to find the referer as well. */
  readonly refers?: boolean
  /** The keys that it finds beside client and URL. */
  readonly keys?: ReadonlyArray<LineKey>
}

/** The reader that reads so; undefined for the strict reading of Common and Combined. */
export const readerFor = (
  reading: LineReading | undefined,
  { describes = false, refers = false, keys = noKeys }: Asked = {}
): AutoReader | undefined => {
  if (reading === undefined) return undefined
  const traffic = trafficOf(reading.ignore, reading.bots)
  const choice = {
    ...choiceOf(reading),
    describes: describes || refers || traffic !== undefined,
    refers,
    fields: keys.map(({ slot }) => fieldNames[slot]!)
  }
  const reader = new AutoReader({ format: reading.format, choice })
  reader.traffic = traffic
  return reader
}
