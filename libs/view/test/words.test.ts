import { describe, expect, it } from "vitest"
import { type Headline, type Incident, languageOf, plain, wordsOf } from "../src/index.ts"

const incident: Incident = {
  id: "ip.20261124T100000Z-10s.0123456789abcdef",
  dimension: "ip",
  key: "192.0.2.7",
  openedMs: 0,
  lastMs: 60_000,
  open: true,
  alerts: 6,
  requests: 120,
  errors: 84,
  severity: "HIGH",
  worstId: "ip.20261124T100000Z-10s.0123456789abcdef",
  worstRate: 0.9,
  lastId: "ip.20261124T100000Z-10s.0123456789abcdef"
}

const text = (language: "en" | "fr", headline: Headline) =>
  plain(
    wordsOf(language).headline(headline),
    (ms) => `T${ms}`,
    (key) => key
  )

/** The paths of all leaves of a tree, so that two languages can be compared. */
const paths = (tree: object, at = ""): ReadonlyArray<string> =>
  Object.entries(tree).flatMap(([k, v]) =>
    typeof v === "object" && v !== null ? paths(v, `${at}.${k}`) : [`${at}.${k}`]
  )

describe("words", () => {
  it("say in both languages who, since when and how much", () => {
    const wrong: Headline = { _tag: "Wrong", worst: incident, others: new Map([["url", 2]]), sinceMs: 0 }
    expect(text("en", wrong)).toBe(
      "IP 192.0.2.7: too many errors since T0. 84 of 120 requests (70%) failed. Also above their thresholds: 2 URLs."
    )
    expect(text("fr", wrong)).toMatch(
      /^L’IP 192\.0\.2\.7 dépasse son seuil depuis T0 : 84 requêtes sur 120 \(70\s%\) en erreur\. Au-dessus aussi : 2 URL\.$/
    )
  })

  it("have the same entries in both languages", () => {
    expect(paths(wordsOf("fr"))).toEqual(paths(wordsOf("en")))
  })

  it("follow the reader's languages in their order", () => {
    expect(languageOf(["de-DE", "fr-CA", "en"])).toBe("fr")
    expect(languageOf(["de"])).toBe("en")
    expect(languageOf(["fr_FR.UTF-8"])).toBe("fr")
  })
})
