import { type Incident, thresholdReasons } from "@chaussettes/domain"
import type { Headline } from "@chaussettes/readmodel"
import { describe, expect, it } from "vitest"
import { languageOf, plain, wordsOf } from "../src/index.ts"

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
    const wrong: Headline = {
      _tag: "Wrong",
      worst: incident,
      others: new Map([["url", 2]]),
      sinceMs: 0,
      noVerdict: null
    }
    expect(text("en", wrong)).toBe(
      "IP 192.0.2.7: too many errors since T0. 84 of 120 requests (70%) failed. Also above their thresholds: 2 URLs."
    )
    expect(text("fr", wrong)).toMatch(
      /^L’IP 192\.0\.2\.7 dépasse son seuil depuis T0\u00a0: 84 requêtes sur 120 \(70\s%\) en erreur\. Dépassent aussi leur seuil\u00a0: 2 URL\.$/
    )
  })

  it("name all that is above its threshold besides as a list", () => {
    const others = new Map([
      ["global", 1],
      ["ip", 2],
      ["url", 1]
    ] as const)
    const wrong: Headline = { _tag: "Wrong", worst: incident, others, sinceMs: 0, noVerdict: null }
    expect(text("en", wrong)).toContain("Also above their thresholds: all traffic, 2 IPs and 1 URL.")
    expect(text("fr", wrong)).toContain("Dépassent aussi leur seuil\u00a0: tout le trafic, 2 IP et 1 URL.")
  })

  it("say whether the detector is ready, and why not", () => {
    const why = (
      state: "running" | "silent" | "never",
      holder: string | null,
      lagMessages: number,
      notReady: ReadonlyArray<string> = []
    ) => wordsOf("en").detectorWhy({ detector: { state, holder, generation: 1, renewedMs: 0, notReady }, lagMessages })
    expect(why("running", "a", 0)).toMatch(/^ready/)
    expect(why("running", "a", 1)).toBe("catching up: 1 message waits to be read")
    expect(why("silent", null, 0)).toMatch(/gave up the lead/)
    expect(why("silent", "a", 7)).toMatch(/killed, hangs, or cannot write/)
    expect(why("never", null, 7)).toMatch(/start one with chaussettes detect/)
    // What it says itself goes before what can be guessed from outside.
    expect(why("silent", "a", 7, ["the disk is full", "it is starting"])).toBe(
      "not ready: the disk is full; it is starting"
    )
  })

  it("are French throughout in French, with one request as one", () => {
    const one: Headline = {
      _tag: "Wrong",
      worst: { ...incident, errors: 1, requests: 9 },
      others: new Map(),
      sinceMs: 0,
      noVerdict: null
    }
    expect(text("fr", one)).toMatch(/\u00a0: 1 requête sur 9 \(11,1\s%\) en erreur\.$/)
    const { explain } = wordsOf("fr")
    expect(explain.verdict(1, 2, "50 %")).toBe("1 requête sur 2 en erreur\u00a0: 50 %.")
    expect(explain.tabled(1, 1)).toContain("sur 1 requête, il y a alerte à partir de 1 erreur")
  })

  it("give in French each reason for which a threshold is refused", () => {
    for (const why of Object.values(thresholdReasons)) {
      const said = text("fr", { _tag: "ThresholdRefused", dimension: "ip", why })
      expect(said).not.toContain(why)
      expect(said).not.toContain("bucket")
    }
    // Of a later version's reason, its own words.
    expect(text("fr", { _tag: "ThresholdRefused", dimension: "ip", why: "it is odd" })).toContain(
      "«\u00a0it is odd\u00a0»"
    )
  })

  it("break no French line before its punctuation", () => {
    const texts = (tree: object): ReadonlyArray<string> =>
      Object.values(tree).flatMap((v) =>
        typeof v === "object" && v !== null ? texts(v) : typeof v === "string" ? [v] : []
      )
    const fr = wordsOf("fr")
    const said = [...texts(fr), fr.explain.verdict(3, 5, "60"), fr.whatIf.gone(2), fr.states.failed("x")]
    expect(said.filter((text) => / [:;?!»]|« /.test(text))).toEqual([])
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
