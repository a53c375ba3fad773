import type { TimePanes } from "../panes.ts"
import { rowBits, timeBinOf, timeBins } from "./time-bins.ts"

/** URLs of a window whose request times are kept apart. Busy ones are met early, and so are among them; the others count for all traffic. */
const mostUrls = 1_024
const firstUrls = 16
/** Room for more URLs is given back with the window. */
const keptUrls = 64

/** A URL's clients, as bits: how many are set says about how many there were, up to some hundreds (linear counting, Whang et al. 1990). */
const clientBits = 128
const clientWords = 4
const clientShift = 32 - Math.log2(clientBits)

const bitOf = (client: number): number => {
  const hash = Math.imul(client + 2, 0x9e3779b1)
  return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> clientShift
}

const none = new Uint32Array(0)

/**
 * Request times of one window: counts by bin for all traffic and for each of the first URLs, which are known by their places in the window's table. Only
 * lines that say a time come here, and a window without one holds nothing.
 */
export class RequestTimes implements TimePanes {
  requests = 0
  count = 0
  site = none
  urls = none
  #clients = none

  /**
   * @param url place of its URL, -1 where the request has none
   * @param client place of its client, -1 where the line has none
   */
  add(url: number, client: number, durationUs: number): void {
    const bin = timeBinOf(durationUs)
    if (this.site === none) this.site = new Uint32Array(timeBins)
    this.requests++
    this.site[bin]!++
    if (url < 0 || url >= mostUrls) return
    if (url >= this.count) {
      this.count = url + 1
      if (this.count << rowBits > this.urls.length) this.#grow()
    }
    this.urls[(url << rowBits) + bin]!++
    const bit = bitOf(client)
    this.#clients[url * clientWords + (bit >> 5)]! |= 1 << (bit & 31)
  }

  /** About how many clients a URL had. */
  clients(url: number): number {
    let set = 0
    for (let word = 0; word < clientWords; word++) {
      for (let bits = this.#clients[url * clientWords + word]!; bits !== 0; bits &= bits - 1) set++
    }
    return Math.round(-clientBits * Math.log(1 - Math.min(set, clientBits - 1) / clientBits))
  }

  get roomBytes(): number {
    return this.urls.byteLength + this.#clients.byteLength
  }

  clear(): void {
    if (this.requests === 0) return
    this.requests = 0
    this.site.fill(0)
    if (this.urls.length >> rowBits > keptUrls) this.urls = this.#clients = none
    else {
      this.urls.fill(0, 0, this.count << rowBits)
      this.#clients.fill(0, 0, this.count * clientWords)
    }
    this.count = 0
  }

  /** The table has forgotten URLs: `moved` tells the new places, which are in the order of the old ones, and -1 for those that are gone. */
  moveUrls(moved: Int32Array): void {
    let count = 0
    const before = this.count
    for (let url = 0; url < before; url++) {
      const now = moved[url]!
      if (now < 0) continue
      this.urls.copyWithin(now << rowBits, url << rowBits, (url + 1) << rowBits)
      this.#clients.copyWithin(now * clientWords, url * clientWords, (url + 1) * clientWords)
      count = now + 1
    }
    this.urls.fill(0, count << rowBits, before << rowBits)
    this.#clients.fill(0, count * clientWords, before * clientWords)
    this.count = count
  }

  #grow(): void {
    let urls = Math.max(firstUrls, this.urls.length >> rowBits)
    while (urls < this.count) urls *= 2
    const rows = new Uint32Array(urls << rowBits)
    rows.set(this.urls)
    this.urls = rows
    const clients = new Uint32Array(urls * clientWords)
    clients.set(this.#clients)
    this.#clients = clients
  }
}
