import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  alertId,
  alertOf,
  alertSubject,
  type Breach,
  cutText,
  dimensionOf,
  keyText,
  keyToken,
  kindsCountedBy,
  limits,
  parseAlertId
} from "../src/index.ts"
import { bytesOf } from "./support/lines.ts"
import { Random } from "./support/random.ts"

const startMs = Date.UTC(2015, 4, 17, 10, 5, 20)
const ip: Breach = {
  dimension: "ip",
  key: bytesOf("192.0.2.7"),
  startMs,
  windowMs: 10_000,
  total: 8,
  errors: 3,
  threshold: 0.3,
  revision: 4,
  lines: { first_seq: 17, last_seq: 90 },
  language: "en"
}

describe("an alert", () => {
  it("has these bytes for a client", () => {
    expect(JSON.stringify(alertOf(ip))).toBe(
      '{"schema":"chaussettes.alert.v1","id":"ip.20150517T100520Z-10s.37dad677cf0b3997",' +
        '"timestamp":"2015-05-17T10:05:30Z","type":"IP_ERROR_RATE","severity":"MEDIUM",' +
        '"message":"IP 192.0.2.7: 3 of 8 requests failed (37.5 %), above the threshold of 30.0 %",' +
        '"value":0.375,"threshold":0.3,' +
        '"window":{"start":"2015-05-17T10:05:20Z","end":"2015-05-17T10:05:30Z"},"ip":"192.0.2.7",' +
        '"total_requests":8,"errors":3,"seuils_revision":4,"lines":{"first_seq":17,"last_seq":90}}'
    )
  })

  it("has these bytes for all traffic, in French, out of a file", () => {
    const { key: _, ...rest } = ip
    const all: Breach = {
      ...rest,
      dimension: "global",
      revision: undefined,
      language: "fr",
      lines: { first_line: 1, last_line: 9 }
    }
    expect(JSON.stringify(alertOf(all))).toBe(
      '{"schema":"chaussettes.alert.v1","id":"global.20150517T100520Z-10s",' +
        '"timestamp":"2015-05-17T10:05:30Z","type":"GLOBAL_ERROR_RATE","severity":"HIGH",' +
        '"message":"Tout le trafic : 3 requêtes sur 8 en erreur (37.5 %), au-dessus du seuil de 30.0 %",' +
        '"value":0.375,"threshold":0.3,' +
        '"window":{"start":"2015-05-17T10:05:20Z","end":"2015-05-17T10:05:30Z"},' +
        '"total_requests":8,"errors":3,"lines":{"first_line":1,"last_line":9}}'
    )
  })

  it("says the same in the French of today: numbers agree, with a decimal comma and the spaces of the language", () => {
    const of = (some: Partial<Breach>) => alertOf({ ...ip, language: "fr", wording: 2, ...some }).message
    expect(of({ total: 9, errors: 1, threshold: 0.1 })).toBe(
      "IP 192.0.2.7\u00a0: 1 requête sur 9 en erreur (11,1\u202f%), au-dessus du seuil de 10,0\u202f%"
    )
    expect(of({ total: 9, errors: 2, threshold: { rate: 0.25, least_errors: [[3, 2]] } })).toBe(
      "IP 192.0.2.7\u00a0: 2 requêtes sur 9 en erreur (22,2\u202f%), au-dessus du seuil pour 9 requêtes (taux 25,0\u202f%)"
    )
    expect(of({ kinds: { client: 1, server: 2 }, kindsCounted: kindsCountedBy(">=400") })).toMatch(
      /%\u00a0: 2 erreurs du serveur, 1 erreur du client$/
    )
  })

  it("names the URL, and says that a table was the threshold, in both languages", () => {
    const url: Breach = {
      ...ip,
      dimension: "url",
      key: bytesOf("/a b"),
      threshold: { rate: 0.25, least_errors: [[3, 2]] }
    }
    expect(alertOf(url)).toMatchObject({
      type: "URL_ERROR_RATE",
      url: "/a b",
      threshold: { rate: 0.25, least_errors: [[3, 2]] },
      message: "URL /a b: 3 of 8 requests failed (37.5 %), above the threshold for 8 requests (rate 25.0 %)"
    })
    expect(alertOf({ ...url, language: "fr" }).message).toBe(
      "URL /a b : 3 requêtes sur 8 en erreur (37.5 %), au-dessus du seuil pour 8 requêtes (taux 25.0 %)"
    )
    expect(Object.keys(alertOf(url))).not.toContain("ip")
  })

  describe("tells server errors from client errors", () => {
    const { key: _, ...rest } = ip
    const all: Breach = {
      ...rest,
      dimension: "global",
      total: 40,
      errors: 12,
      kinds: { client: 2, server: 10 },
      kindsCounted: kindsCountedBy(">=400"),
      statuses: [200, 28, 404, 2, 502, 7, 504, 3]
    }
    const messageOf = (some: Partial<Breach>) => alertOf({ ...all, ...some }).message

    it("with their statuses, those of most lines first, in both languages", () => {
      expect(messageOf({})).toBe(
        "All traffic: 12 of 40 requests failed (30.0 %), above the threshold of 30.0 %: 10 server errors (502, 504), 2 client errors (404)"
      )
      expect(messageOf({ language: "fr" })).toBe(
        "Tout le trafic : 12 requêtes sur 40 en erreur (30.0 %), au-dessus du seuil de 30.0 % : 10 erreurs du serveur (502, 504), 2 erreurs du client (404)"
      )
    })

    it("without statuses where a key's are not known, one of a kind as one, and none of a kind not at all", () => {
      const url: Partial<Breach> = { dimension: "url", key: bytesOf("/a"), total: 8, errors: 3, statuses: [] }
      expect(messageOf({ ...url, kinds: { client: 1, server: 2 } })).toMatch(/: 2 server errors, 1 client error$/)
      expect(messageOf({ ...url, kinds: { client: 3, server: 0 } })).toMatch(/: 3 client errors$/)
      expect(messageOf({ ...url, kinds: { client: 0, server: 1 }, language: "fr" })).toMatch(/ : 1 erreur du serveur$/)
    })

    it("names no more than three statuses of a kind", () => {
      const statuses = [400, 1, 401, 2, 403, 5, 404, 2]
      expect(messageOf({ statuses, errors: 10, kinds: { client: 10, server: 0 } })).toMatch(
        /: 10 client errors \(403, 401, 404, …\)$/
      )
    })

    it("and only kinds of which all lines count as errors: the others are no part of the number", () => {
      expect(messageOf({ errors: 10, kindsCounted: kindsCountedBy("5xx") })).toMatch(
        /above the threshold of 30\.0 %: 10 server errors \(502, 504\)$/
      )
      expect(messageOf({ errors: 12, kindsCounted: kindsCountedBy("4xx-404+502") })).toMatch(/threshold of 30\.0 %$/)
      expect(messageOf({ kinds: { client: 0, server: 0 } })).toMatch(/threshold of 30\.0 %$/)
    })
  })

  it("rounds the value to four digits, and judges its severity before", () => {
    expect(alertOf({ ...ip, total: 3, errors: 1 }).value).toBe(0.3333)
    expect(alertOf({ ...ip, total: 3, errors: 2 }).value).toBe(0.6667)
    expect(alertOf({ ...ip, total: 1_000_000, errors: 500_001 })).toMatchObject({ value: 0.5, severity: "HIGH" })
    expect(alertOf({ ...ip, total: 1_000_000, errors: 500_000 })).toMatchObject({ value: 0.5, severity: "MEDIUM" })
  })

  it("goes to the subject of its dimension and severity", () => {
    expect(alertSubject(alertOf(ip))).toBe("alerts.ip.medium")
    expect(alertSubject(alertOf({ ...ip, errors: 8 }))).toBe("alerts.ip.high")
    expect(alertSubject({ type: "GLOBAL_ERROR_RATE", severity: "HIGH" })).toBe("alerts.global.high")
    expect(dimensionOf("URL_ERROR_RATE")).toBe("url")
  })

  it("has an id that is a subject token's worth of characters, whatever the key, and that can be read back", () => {
    const random = new Random(1)
    for (let i = 0; i < 2_000; i++) {
      const key = Uint8Array.from({ length: random.int(0, 40) }, () => random.int(0, 255))
      const id = alertId("url", startMs, 10_000, key)
      expect(id).toMatch(/^url\.20150517T100520Z-10s\.[0-9a-f]{16}$/)
      expect(id.slice(-16)).toBe(createHash("sha256").update(key).digest("hex").slice(0, 16))
      expect(parseAlertId(id)).toEqual({ dimension: "url", startMs, windowMs: 10_000, token: keyToken(key) })
    }
    expect(keyToken("é")).toBe(keyToken(bytesOf("\xc3\xa9")))
  })
})

describe("a key as text", () => {
  it.each([
    ["ASCII", "/a b?c", "/a b?c"],
    ["UTF-8", "/caf\xc3\xa9", "/café"],
    ["a byte that is not UTF-8", "/caf\xe9", "/caf\\xe9"],
    ["a broken character among good ones", "/\xc3\xa9\xc3", "/\\xc3\\xa9\\xc3"],
    ["an overlong form", "/\xc0\xaf", "/\\xc0\\xaf"],
    ["a surrogate", "/\xed\xa0\x80", "/\\xed\\xa0\\x80"],
    ["a byte order mark", "\xef\xbb\xbf/", "\ufeff/"],
    ["nothing", "", ""]
  ])("%s", (_, bytes, text) => {
    expect(keyText(bytesOf(bytes))).toBe(text)
  })

  it("tells any two keys apart that are short enough, unless one is written as the other's bytes", () => {
    const seen = new Map<string, string>()
    const random = new Random(2)
    for (let i = 0; i < 20_000; i++) {
      const key = Array.from({ length: random.int(0, 4) }, () =>
        random.pick(["a", "\xc3", "\xa9", "\xef\xbb\xbf", "\xff"])
      ).join("")
      const text = keyText(bytesOf(key))
      expect(seen.get(text) ?? key).toBe(key)
      seen.set(text, key)
      expect(JSON.parse(JSON.stringify(text))).toBe(text)
    }
  })

  it("is cut beyond the limit, and its token is not", () => {
    const long = `/${"x".repeat(limits.keyTextChars)}`
    expect(keyText(bytesOf(long))).toBe(`${long.slice(0, limits.keyTextChars)}…`)
    expect(keyText(bytesOf(long.slice(1)))).toBe(long.slice(1))
    expect(keyToken(bytesOf(`${long}a`))).not.toBe(keyToken(bytesOf(`${long}b`)))
  })
})

describe("the first bytes of a text", () => {
  it("end between two characters", () => {
    const text = Buffer.from("aé€😀")
    const cut = (most: number) => Buffer.from(cutText(text, most)).toString("utf8")
    expect(Array.from({ length: 11 }, (_, n) => cut(n))).toEqual([
      ...["", "a", "a", "aé", "aé", "aé", "aé€", "aé€", "aé€", "aé€", "aé€😀"]
    ])
  })

  it("are as many as asked for where no character can be made of them", () => {
    expect(cutText(bytesOf("\x80".repeat(20)), 10).length).toBeGreaterThanOrEqual(6)
    expect(cutText(bytesOf("x".repeat(20)), 10).length).toBe(10)
  })
})
