import { limits } from "../limits.ts"
import { parseNetworks } from "../line/trust.ts"
import { ignorePresets } from "./presets.ts"

const fields = ["path", "status", "agent", "client", "method"] as const
type Field = (typeof fields)[number]

/** Requests that count nowhere: those that fit all the fields that a rule names, by any of the field's values. */
export interface IgnoreRule {
  /** The preset, or the rule as it was written. */
  readonly name: string
  /** Of the path, without the query string; `*` stands for anything. */
  readonly path?: ReadonlyArray<string>
  /** `404` or `4xx`. */
  readonly status?: ReadonlyArray<string>
  /** Stands somewhere in the agent, in capitals or not. */
  readonly agent?: ReadonlyArray<string>
  /** Addresses and networks. */
  readonly client?: ReadonlyArray<string>
  readonly method?: ReadonlyArray<string>
}

/** The rules in force, with the revision of the bucket that they stand in; 0 where they were given otherwise. */
export interface IgnoreRules {
  readonly revision: number
  readonly rules: ReadonlyArray<IgnoreRule>
}

export type ParsedIgnore =
  | { readonly ok: true; readonly rules: ReadonlyArray<IgnoreRule> }
  | { readonly ok: false; readonly reason: string }

const whyWrong: { readonly [field in Field]: (value: string) => string | undefined } = {
  path: (value) => (/^[/*]/.test(value) ? undefined : `the path ${value} begins neither with / nor with *`),
  status: (value) => (/^[1-9](xx|\d\d)$/.test(value) ? undefined : `${value} is no status like 404 or 4xx`),
  agent: (value) =>
    /^[ -~]{2,}$/.test(value) ? undefined : `the agent ${value} is shorter than 2 characters or not ASCII`,
  client: (value) => (parseNetworks(value).ok ? undefined : `${value} is no network like 10.0.0.0/8`),
  method: (value) => (/^[A-Z-]+$/.test(value) ? undefined : `${value} is no method like HEAD`)
}

/** Why these are no values of a field; undefined where they are. */
const whyNone = (field: Field, values: ReadonlyArray<unknown>): string | undefined => {
  if (values.length === 0) return `${field} has no value`
  if (values.length > limits.valuesAnIgnoreRule) return `${field} has more than ${limits.valuesAnIgnoreRule} values`
  for (const value of values) {
    if (typeof value !== "string" || value.length > limits.ignoreTextChars) return `a value of ${field} is too long`
    const why = whyWrong[field](value)
    if (why !== undefined) return why
  }
  return undefined
}

const condition = /(\w+)=((?:"[^"]*"|[^\s"])+)(?:\s+|$)/y

const ruleOf = (text: string): IgnoreRule | string => {
  const preset = Object.hasOwn(ignorePresets, text) ? ignorePresets[text] : undefined
  if (preset !== undefined) return { name: text, ...preset }
  if (text.length > limits.ignoreTextChars) return `a rule is longer than ${limits.ignoreTextChars} characters`
  const found: { [field in Field]?: ReadonlyArray<string> } = {}
  condition.lastIndex = 0
  for (let at = 0; at < text.length; at = condition.lastIndex) {
    const m = condition.exec(text)
    if (m === null) {
      return `"${text}" is neither a preset (${Object.keys(ignorePresets).join(", ")}) nor made of ${fields.join("=, ")}=`
    }
    const field = m[1] as Field
    if (!fields.includes(field)) return `${m[1]} is none of ${fields.join(", ")}`
    if (found[field] !== undefined) return `${field} stands twice in "${text}"`
    // A comma inside quotes parts nothing.
    const values = m[2]!.match(/(?:"[^"]*"|[^,"])+/g)?.map((value) => value.replaceAll('"', "")) ?? []
    const why = whyNone(field, values)
    if (why !== undefined) return why
    found[field] = values
  }
  return { name: text, ...found }
}

/** Rules with `;` or lines between them: presets, or fields such as `path=/internal/* client=10.0.0.0/8`; what stands behind `#` is a remark. */
export const parseIgnore = (text: string): ParsedIgnore => {
  const rules: Array<IgnoreRule> = []
  for (const line of text.split("\n")) {
    for (const part of line.replace(/(^|\s)#.*$/, "").split(";")) {
      const rule = part.trim() === "" ? undefined : ruleOf(part.trim())
      if (typeof rule === "string") return { ok: false, reason: rule }
      if (rule !== undefined && !rules.some(({ name }) => name === rule.name)) rules.push(rule)
    }
  }
  if (rules.length > limits.ignoreRules) return { ok: false, reason: `there are more than ${limits.ignoreRules} rules` }
  return { ok: true, rules }
}

const isObject = (json: unknown): json is { readonly [key: string]: unknown } =>
  typeof json === "object" && json !== null

const isRule = (json: unknown): json is IgnoreRule =>
  isObject(json) &&
  typeof json.name === "string" &&
  Object.entries(json).length > 1 &&
  Object.entries(json).every(
    ([field, values]) =>
      field === "name" ||
      (fields.includes(field as Field) && Array.isArray(values) && whyNone(field as Field, values) === undefined)
  )

/** Whether these are rules, as records carry them. */
export const isIgnoreRules = (json: unknown): json is IgnoreRules =>
  isObject(json) &&
  Number.isSafeInteger(json.revision) &&
  Array.isArray(json.rules) &&
  json.rules.length <= limits.ignoreRules * 2 &&
  json.rules.every(isRule)

/** Whether these are texts of agents, as records carry the bots that were counted apart. */
export const areAgents = (json: unknown): json is ReadonlyArray<string> =>
  Array.isArray(json) && whyNone("agent", json) === undefined
