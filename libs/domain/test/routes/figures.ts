import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { Random } from "../support/random.ts"

/*
 * Labelled routes, and how well a way of folding finds what differs in them. The labels say what stands in a route; they know nothing of any rule.
 */

const hex = "0123456789abcdef"
const base62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
const base64 = `${base62}-_`
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
const words =
  "a able about after again air all and apple are autumn back bake beach bear best blue bread bring build cabin camera cat change city clean cloud code coffee cold cotton dance deep delay desk dog door dream early easy every fall family fast field find first fish five for from garden girl give glass gold good green growth guide hand home horse hot house how ice idea in iron island it jacket key kids lamp large learn leather less letter light linen little long loud love make man market men middle mind model money moon more morning mountain my never new next night of old on open or our outdoor paper park part people phone photo piano plan plant power queen quick rain red river road room rope running salt sand school sea seven shade shirt shoes short silver simple slow small snow soft song south spring start steel stone story street strong summer sun switch table tall team ten the their things tips to tools top tower train travel tree trust two under up wall war warm watch water we week west what when white why wild winter with wood wool work world year you young zero".split(
    " "
  )

const two = (n: number) => `${n}`.padStart(2, "0")
const pickOf = (random: Random, letters: string, length: number): string =>
  Array.from({ length }, () => random.pick([...letters])).join("")

/** As many digits as ids of tables of all sizes have. */
const number = (random: Random): string => `${Math.floor(10 ** (random.next() * 9)) + (random.chance(0.1) ? 1e12 : 0)}`
const slug = (random: Random, least: number): string => {
  const text = Array.from({ length: random.int(least, 8) }, () => random.pick(words))
  if (random.chance(0.2)) text[random.int(0, text.length - 1)] = `${random.int(2, 2030)}`
  return text.join("-")
}

/** What stands in a route's braces. */
const kinds: { readonly [kind: string]: (random: Random) => string } = {
  num: number,
  num6: (r) => `${r.int(0, 999_999)}`.padStart(6, "0"),
  num7: (r) => `${r.int(1_000_000, 9_999_999)}`,
  year: (r) => `${r.int(1998, 2029)}`,
  month: (r) => two(r.int(1, 12)),
  day: (r) => two(r.int(1, 28)),
  date: (r) => `${r.int(1998, 2029)}-${two(r.int(1, 12))}-${two(r.int(1, 28))}`,
  stamp: (r) => `${r.int(2015, 2029)}-${two(r.int(1, 12))}-${two(r.int(1, 28))}T${two(r.int(0, 23))}:15:00Z`,
  stampid: (r) => `17${r.int(10_000_000, 99_999_999)}${pickOf(r, "0123456789", 6)}`,
  uuid: (r) => [8, 4, 4, 4, 12].map((length) => pickOf(r, hex, length)).join("-"),
  hex8: (r) => pickOf(r, hex, 8),
  hex16: (r) => pickOf(r, hex, 16),
  hex24: (r) => pickOf(r, hex, 24),
  hex32: (r) => pickOf(r, hex, 32),
  md5: (r) => pickOf(r, hex, 32),
  sha1: (r) => pickOf(r, hex, 40),
  sha256: (r) => pickOf(r, hex, 64),
  short: (r) => pickOf(r, hex, r.int(7, 12)),
  ulid: (r) => `01${pickOf(r, crockford, 24)}`,
  b32: (r) => pickOf(r, "0123456789abcdefghijklmnopqrstuv", 26),
  b36: (r) => pickOf(r, "0123456789abcdefghijklmnopqrstuvwxyz", 7),
  b62: (r) => pickOf(r, base62, r.int(14, 24)),
  b64: (r) => pickOf(r, base64, r.int(22, 43)),
  b64long: (r) => pickOf(r, base64, r.int(33, 64)),
  nano: (r) => pickOf(r, base64, 21),
  nano10: (r) => pickOf(r, base62, 10),
  vite: (r) => pickOf(r, base64, 8),
  yt: (r) => pickOf(r, base64, 11),
  slack: (r) => `0${pickOf(r, `${upper}0123456789`, 9)}`,
  asin: (r) => `B0${pickOf(r, `${upper}0123456789`, 8)}`,
  sku: (r) => `${pickOf(r, upper, 3)}-${r.int(10_000, 99_999)}-${pickOf(r, upper, 2)}`,
  mac: (r) => Array.from({ length: 6 }, () => pickOf(r, hex, 2)).join(":"),
  coords: (r) => `${r.int(-89, 89)}.${r.int(1000, 9999)},${r.int(-179, 179)}.${r.int(1000, 9999)}`,
  ip: (r) => `${r.int(1, 223)}.${r.int(0, 255)}.${r.int(0, 255)}.${r.int(1, 254)}`,
  email: (r) => `${r.pick(words)}.${r.pick(words)}@example.com`,
  slug: (r) => slug(r, 3),
  slugid: (r) => `${slug(r, 2)}-${r.int(1_000, 99_999_999)}`,
  slugfirst: (r) => `${r.int(100_000, 360_000_000_000)}-${slug(r, 2)}`,
  name: (r) => r.pick(words)
}

/** A part of a route: `{kind}` in braces, else its text. */
type Part = { readonly kind: string } | { readonly text: string }

export type Route = ReadonlyArray<ReadonlyArray<Part>>

/** Which half of a file a route belongs to: a function of its text alone, so that nobody chooses. */
export type Half = "development" | "held out"

const halfOf = (line: string): Half => {
  const digest = createHash("sha256").update(line).digest()
  return digest[0]! % 2 === 0 ? "development" : "held out"
}

export const readRoutes = (file: string, half?: Half): ReadonlyArray<Route> =>
  readFileSync(new URL(file, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("/") && (half === undefined || halfOf(line) === half))
    .map((line) =>
      line
        .slice(1)
        .split("/")
        .map((segment) =>
          segment
            .split(/[{}]/)
            .flatMap((text, i): ReadonlyArray<Part> => (i % 2 === 1 ? [{ kind: text }] : text === "" ? [] : [{ text }]))
        )
    )

/** How a way of folding does on routes. */
export interface Figures {
  /** Values of ids, dates and slugs, and how many of them were folded. */
  readonly ids: number
  readonly folded: number
  /** Requests, and how many of them lost a part of their route. */
  readonly requests: number
  readonly wrong: number
  /** Requests that are counted under the template that most of their route have. */
  readonly together: number
  readonly missed: ReadonlyMap<string, number>
  readonly wrongly: ReadonlyMap<string, number>
}

/** A path of a route, with other values each time. */
const drawn = (route: Route, random: Random) =>
  route.map((parts) =>
    parts.map((part) => ("kind" in part ? { kind: part.kind, text: kinds[part.kind]!(random) } : part))
  )

const pathOf = (segments: ReadonlyArray<ReadonlyArray<{ readonly text: string }>>): string =>
  `/${segments.map((parts) => parts.map(({ text }) => text).join("")).join("/")}`

const each = 50
const seed = 14

/** The paths that `figuresOf` asks for. */
export const pathsOf = (routes: ReadonlyArray<Route>): ReadonlyArray<string> => {
  const random = new Random(seed)
  return routes.flatMap((route) => Array.from({ length: each }, () => pathOf(drawn(route, random))))
}

/**
 * Asks for each route so many times, each time with other values.
 * @param fold a path with what differs in it folded, segment by segment
 */
export const figuresOf = (routes: ReadonlyArray<Route>, fold: (path: string) => string): Figures => {
  const random = new Random(seed)
  let [ids, folded, requests, wrong, together] = [0, 0, 0, 0, 0]
  const missed = new Map<string, number>()
  const wrongly = new Map<string, number>()
  const more = (of: Map<string, number>, what: string) => of.set(what, (of.get(what) ?? 0) + 1)
  for (const route of routes) {
    const templates = new Map<string, number>()
    for (let i = 0; i < each; i++) {
      const segments = drawn(route, random)
      const path = pathOf(segments)
      const found = fold(path).slice(1).split("/")
      let isWrong = found.length !== segments.length
      for (const [s, parts] of segments.entries()) {
        const values = parts.filter((part) => "kind" in part)
        const is = found[s] ?? ""
        if (values.length === 0) isWrong ||= is !== parts.map(({ text }) => text).join("")
        for (const { kind, text } of values) {
          if (kind === "name") continue
          ids++
          if (is.includes(text)) more(missed, `${kind} ${path} -> ${found.join("/")}`)
          else folded++
        }
      }
      requests++
      const nameless = found.map((text, s) =>
        route[s]?.some((part) => "kind" in part && part.kind === "name") ? "" : text
      )
      more(templates, nameless.join("/"))
      if (!isWrong) continue
      wrong++
      more(wrongly, `${path} -> /${found.join("/")}`)
    }
    together += Math.max(...templates.values())
  }
  return { ids, folded, requests, wrong, together, missed, wrongly }
}
