import { incidentKinds, thresholdReasons } from "@chaussettes/domain"
import { type Headline, incidentViewOf } from "@chaussettes/readmodel"
import { describe, expect, it } from "vitest"
import { eventAt } from "../../readmodel/test/incident-events.ts"
import { languageOf, plain, wordsOf } from "../src/index.ts"

const wrongWith = (some: Parameters<typeof eventAt>[1] = {}, others = 0): Headline => ({
  _tag: "Wrong",
  worst: incidentViewOf(eventAt(0, some)),
  others,
  quiet: null,
  noVerdict: null
})

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
  it("say in both languages who, since when, how much, what is usual, and who is hurt", () => {
    const wrong = wrongWith({}, 2)
    expect(text("en", wrong)).toBe(
      "URL /broken: 84 of 120 requests (70%) failed with server errors (5xx) since T0, 2.2% is usual. Affected: 31 clients. 2 other incidents are open."
    )
    expect(text("fr", wrong)).toMatch(
      /^URL \/broken\u00a0: 84 requêtes sur 120 \(70\s%\) en échec, erreurs serveur \(5xx\), depuis T0, 2,2\s% d’habitude\. Touchés\u00a0: 31 clients\. 2 autres incidents sont ouverts\.$/
    )
  })

  it("say of each kind what happens and what to look at, by its cause", () => {
    const causes = [
      { dimension: "global", key: null, keys: [], key_count: 0, share: 1 },
      { dimension: "network", key: "198.51.0.0/16", keys: ["198.51.0.0/16"], key_count: 1, share: 0.9 },
      { dimension: "ip", key: "192.0.2.7", keys: ["192.0.2.7"], key_count: 3, share: 0.4 }
    ] as const
    for (const language of ["en", "fr"] as const) {
      const w = wordsOf(language)
      const said = new Set<string>()
      for (const kind of incidentKinds) {
        for (const cause of causes) {
          const event = eventAt(0, { kind, cause })
          said.add(`${w.incidents.what(event)} ${w.incidents.next(event)} ${w.incidents.why(event)}`)
          expect(w.incidents.next(event)).toMatch(/\.$/)
        }
      }
      expect(said.size).toBeGreaterThan(incidentKinds.length)
    }
    expect(text("en", wrongWith({ cause: causes[2] }))).toMatch(/^Client 192\.0\.2\.7 and 2 more clients: /)
    expect(text("en", wrongWith({ kind: "silence", cause: causes[0], clients: 0 }))).toBe(
      "All traffic: no requests have come, where many are usual at this hour, since T0."
    )
  })

  it("say of a certificate how often such a false alarm comes", () => {
    const { certificate } = wordsOf("en").incidents
    const of = (budget: number) =>
      certificate(eventAt(0, { certificate: { ...eventAt(0).certificate, budget_weekly: budget } }))
    expect(of(0.025)).toBe(
      "Evidence of 31.4 against the 13.1 that it takes here. At that level one false alarm of this kind in 40 weeks is to be expected; over all kinds, one false alarm a week."
    )
    expect(of(3)).toContain("3 false alarms of this kind a week")
    expect(of(0)).toContain("no false alarm of this kind")
    expect(wordsOf("fr").incidents.certificate(eventAt(0))).toContain("une fausse alerte de ce genre en 40 semaines")
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
    expect(text("fr", wrongWith({ errors: 1, requests: 9 }, 1))).toMatch(
      /\u00a0: 1 requête sur 9 \(11,1\s%\) en échec, .* 1 autre incident est ouvert\.$/
    )
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
