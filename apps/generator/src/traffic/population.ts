import { problemShare } from "./mixture.ts"
import type { Random } from "./random.ts"

/** Who asks for what: the population of the original generator. */

export const clients: ReadonlyArray<string> = Array.from({ length: 100 }, (_, i) => `192.168.1.${i + 1}`)

export const urls: ReadonlyArray<string> = [
  ...Array.from({ length: 50 }, (_, i) => `/produit/chaussette-${i + 1}`),
  "/api/commande",
  "/api/panier",
  "/api/user/profile",
  "/",
  "/contact",
  "/about",
  "/admin"
]

export const methods: ReadonlyArray<string> = ["GET", "POST", "PUT", "DELETE"]
export const successStatuses: ReadonlyArray<number> = [200, 201, 204]
export const errorStatuses: ReadonlyArray<number> = [400, 403, 404, 500, 503]
/** What a server answers that is down. */
export const outageStatuses: ReadonlyArray<number> = [500, 503]

export const leastBytes = 100
export const mostBytes = 5000

export const userAgents: ReadonlyArray<string> = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.4472.124 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.1.1 Safari/605.1.15",
  "Mozilla/5.0 (X11; Linux x64; rv:89.0) Gecko/20100101 Firefox/89.0"
]

/** Which clients and URLs make more errors than the others, by their place in `clients` and `urls`. */
export interface Problems {
  readonly clients: ReadonlySet<number>
  readonly urls: ReadonlySet<number>
  /** The share of the lines that come from one of these clients or ask for one of these URLs. */
  readonly share: number
}

/**
 * Draws the problem clients and URLs. A share above 0 gives at least one.
 * @param clientShare from 0 to 1
 * @param urlShare from 0 to 1
 */
export const drawProblems = (random: Random, clientShare: number, urlShare: number): Problems => {
  const problemClients = drawSome(random, clients.length, clientShare)
  const problemUrls = drawSome(random, urls.length, urlShare)
  return {
    clients: problemClients,
    urls: problemUrls,
    share: problemShare(problemClients.size / clients.length, problemUrls.size / urls.length)
  }
}

const drawSome = (random: Random, of: number, share: number): ReadonlySet<number> => {
  const count = share <= 0 ? 0 : Math.max(1, Math.round(of * share))
  const places = Array.from({ length: of }, (_, i) => i)
  // Fisher–Yates, as far as it is needed
  for (let i = 0; i < count; i++) {
    const k = i + random.below(of - i)
    ;[places[i], places[k]] = [places[k]!, places[i]!]
  }
  return new Set(places.slice(0, count))
}
