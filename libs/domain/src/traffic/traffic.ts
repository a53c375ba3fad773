import { QUESTION, STAR } from "../line/bytes.ts"
import type { LineScanner } from "../line/line.ts"
import { type Trust, trustOf } from "../line/trust.ts"
import type { IgnoreRule, IgnoreRules } from "./rule.ts"

/** What a line's traffic is: 0 like any other, 1 of a bot that says so, else `IGNORED` + the place of the rule that takes it out. */
export type TrafficKind = number

export const BOT = 1
export const IGNORED = 2

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))
const small = new Uint8Array(256)
for (let c = 0; c < 256; c++) small[c] = c >= 65 && c <= 90 ? c | 32 : c

/** Texts, any of which may stand in another. */
class AnyOf {
  readonly #texts: ReadonlyArray<Uint8Array>
  /** 1 for the first two bytes of a text. */
  readonly #begins = new Uint8Array(65_536)

  constructor(texts: ReadonlyArray<string>) {
    this.#texts = texts.map((text) => ascii(text.toLowerCase()))
    for (const text of this.#texts) this.#begins[text[0]! * 256 + text[1]!] = 1
  }

  standsIn(bytes: Uint8Array, start: number, end: number): boolean {
    const begins = this.#begins
    let before = start < end ? small[bytes[start]!]! : 0
    for (let i = start + 1; i < end; i++) {
      const c = small[bytes[i]!]!
      if (begins[before * 256 + c] === 1 && this.#standsAt(bytes, i - 1, end)) return true
      before = c
    }
    return false
  }

  #standsAt(bytes: Uint8Array, at: number, end: number): boolean {
    for (const text of this.#texts) {
      if (at + text.length > end) continue
      let k = 0
      while (k < text.length && small[bytes[at + k]!] === text[k]) k++
      if (k === text.length) return true
    }
    return false
  }
}

/** Whether bytes[start, end) fit a pattern in which `*` stands for anything. Time grows with the product of the lengths at most. */
const fits = (pattern: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean => {
  let [p, i, star, from] = [0, start, -1, start]
  while (i < end) {
    if (p < pattern.length && pattern[p] === STAR) {
      star = p++
      from = i
    } else if (p < pattern.length && pattern[p] === bytes[i]) {
      p++
      i++
    } else if (star >= 0) {
      p = star + 1
      i = ++from
    } else return false
  }
  while (p < pattern.length && pattern[p] === STAR) p++
  return p === pattern.length
}

class Rule {
  readonly #paths: ReadonlyArray<Uint8Array> | undefined
  readonly #methods: ReadonlyArray<Uint8Array> | undefined
  readonly #statuses: ReadonlySet<number> | undefined
  readonly #agents: AnyOf | undefined
  readonly #networks: Trust | undefined

  constructor({ path, method, status, agent, client }: IgnoreRule) {
    this.#paths = path?.map((text) => new TextEncoder().encode(text))
    this.#methods = method?.map(ascii)
    this.#statuses = status === undefined ? undefined : new Set(status.flatMap(statusesOf))
    this.#agents = agent === undefined ? undefined : new AnyOf(agent)
    this.#networks = client === undefined ? undefined : trustOf(client)
  }

  takes(line: LineScanner): boolean {
    if (this.#statuses !== undefined && !this.#statuses.has(line.status)) return false
    if (this.#paths !== undefined && !this.#hasPath(line, this.#paths)) return false
    if (this.#networks !== undefined && !this.#networks.trusts(line.text, line.clientStart, line.clientEnd))
      return false
    if (
      this.#methods !== undefined &&
      !this.#methods.some((m) => fits(m, line.agentText, line.methodStart, line.methodEnd))
    )
      return false
    return (
      this.#agents === undefined ||
      (line.agentStart >= 0 && this.#agents.standsIn(line.agentText, line.agentStart, line.agentEnd))
    )
  }

  #hasPath(line: LineScanner, paths: ReadonlyArray<Uint8Array>): boolean {
    if (line.urlStart < 0) return false
    const { text, urlStart } = line
    let end = urlStart
    while (end < line.urlEnd && text[end] !== QUESTION) end++
    for (const path of paths) if (fits(path, text, urlStart, end)) return true
    return false
  }
}

const statusesOf = (text: string): ReadonlyArray<number> =>
  text.endsWith("xx") ? Array.from({ length: 100 }, (_, i) => Number(text[0]) * 100 + i) : [Number(text)]

/** Tells of each line whose traffic it is. A function of the line alone. */
export class Traffic {
  readonly #rules: ReadonlyArray<Rule>
  readonly #names: ReadonlyArray<string>
  readonly #bots: AnyOf | undefined

  constructor(ignore: IgnoreRules | undefined, bots: ReadonlyArray<string> | undefined) {
    this.#rules = ignore?.rules.map((rule) => new Rule(rule)) ?? []
    this.#names = ignore?.rules.map(({ name }) => name) ?? []
    this.#bots = bots === undefined ? undefined : new AnyOf(bots)
  }

  kindOf(line: LineScanner): TrafficKind {
    const rules = this.#rules
    for (let i = 0; i < rules.length; i++) if (rules[i]!.takes(line)) return IGNORED + i
    const bots = this.#bots
    return bots !== undefined && line.agentStart >= 0 && bots.standsIn(line.agentText, line.agentStart, line.agentEnd)
      ? BOT
      : 0
  }

  /** The rule that a kind of traffic is taken out by. */
  ruleOf(kind: TrafficKind): string {
    return this.#names[kind - IGNORED]!
  }
}

/** What tells the traffic apart as these rules say; undefined where nothing is told apart. */
export const trafficOf = (
  ignore: IgnoreRules | undefined,
  bots: ReadonlyArray<string> | undefined
): Traffic | undefined =>
  (ignore === undefined || ignore.rules.length === 0) && bots === undefined ? undefined : new Traffic(ignore, bots)
