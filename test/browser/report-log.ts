/** A week of a shop as nginx logs it, with what a report is read for: days and nights, bots, probes, and an outage on the Thursday. */

const agents = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
  "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
  "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
  "curl/8.5.0"
]
const urls = [
  "/",
  "/panier",
  "/commande",
  "/compte",
  "/recherche?q=laine",
  "/api/stock",
  "/css/site.css",
  "/img/logo.svg"
]
const referrers = [
  "-",
  "-",
  "-",
  "https://www.google.com/",
  "https://chaussettes.example/",
  "https://news.example/laine?id=1"
]
const probes = ["/wp-login.php", "/.env", "/admin", "/phpmyadmin/"]
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const two = (n: number) => `${n}`.padStart(2, "0")

const weekMs = 7 * 86_400_000
const startMs = Date.UTC(2026, 10, 2)
const outageMs = startMs + 3 * 86_400_000 + 14 * 3_600_000

export const weekOfAShop = (): string => {
  let state = 17
  // Park and Miller: the same log for everybody.
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  const one = <A>(list: ReadonlyArray<A>): A => list[Math.floor(random() * list.length)]!
  /** Few are met often, many seldom. */
  const skewed = (most: number) => Math.floor(most * random() ** 4)
  const lines: Array<string> = []
  for (let ms = startMs; ms < startMs + weekMs; ) {
    const time = new Date(ms)
    const rate = 0.04 + 0.3 * Math.max(0, Math.sin(((time.getUTCHours() - 5) / 24) * 2 * Math.PI))
    ms += (-Math.log(1 - random()) / rate) * 1000
    let url = random() < 0.4 ? `/produit/chaussette-${1 + skewed(90)}` : one(urls)
    let status = random() < 0.04 ? 304 : 200
    let seconds = 0.02 + 0.2 * random() ** 3
    if (random() < 0.012) [url, status] = [one(probes), 404]
    else if (random() < 0.001) status = 500
    if (ms > outageMs && ms < outageMs + 20 * 60_000 && random() < 0.7)
      [url, status, seconds] = ["/api/stock", 503, 2 + 4 * random()]
    const at = new Date(ms)
    const clock = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/2026:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`
    const client = `203.0.${skewed(120)}.${1 + skewed(250)}`
    const bytes = Math.round(400 + 30_000 * random())
    lines.push(
      `${client} - - [${clock}] "GET ${url} HTTP/1.1" ${status} ${bytes} "${one(referrers)}" "${one(agents)}" ${seconds.toFixed(3)}`
    )
  }
  return `${lines.join("\n")}\n`
}

/** How nginx was told to log it. */
export const shopFormat =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time'
