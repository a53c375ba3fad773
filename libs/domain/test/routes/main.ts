// How well ids are folded in labelled routes, by the way of folding: `npm run routes`.
import { figuresOf, pathsOf, type Route, readRoutes } from "./figures.ts"
import { auto, bySiblings, type Fold, numbersAlone } from "./ways.ts"

const [routes, unseen, further] = ["routes.txt", "unseen.txt", "further.txt"].map((file) => readRoutes(file))
const sets: { readonly [name: string]: ReadonlyArray<Route> } = {
  "routes.txt": routes!,
  "unseen.txt": unseen!,
  "further.txt, development": readRoutes("further.txt", "development"),
  "further.txt, held out": readRoutes("further.txt", "held out"),
  all: [...routes!, ...unseen!, ...further!]
}
const ways: ReadonlyArray<readonly [string, (paths: ReadonlyArray<string>) => Fold]> = [
  ["auto", () => auto],
  ["numbers, UUIDs and hashes alone", () => numbersAlone],
  ["more than 10 siblings", (paths) => bySiblings(10, paths)],
  ["more than 30 siblings", (paths) => bySiblings(30, paths)]
]

const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(2)} %`

console.log("| way | routes | ids folded | routes damaged | under one key |\n|---|---|---|---|---|")
for (const [way, foldFor] of ways) {
  for (const [name, routes] of Object.entries(sets)) {
    const { ids, folded, requests, wrong, together } = figuresOf(routes, foldFor(pathsOf(routes)))
    console.log(
      `| ${way} | ${name} | ${percent(folded, ids)} | ${percent(wrong, requests)} | ${percent(together, requests)} |`
    )
  }
}
