import { rmSync } from "node:fs"
import { failed, reasonOf, type UserFailure } from "@chaussettes/service"
import { Effect, Option } from "effect"
import { removeProgram } from "./copy-program.ts"
import type { UninstallInput } from "./flags.ts"
import { placesIn } from "./places.ts"
import { systemctl, target } from "./services.ts"
import { removeUnits } from "./units.ts"

export const uninstall = Effect.fn("uninstall")(function* ({
  purge,
  root
}: UninstallInput): Effect.fn.Return<void, UserFailure> {
  const places = yield* placesIn(root)
  if (places.isPackaged) {
    return yield* failed(
      `Chaussettes was installed by a package. Remove it with: apt ${purge ? "purge" : "remove"} chaussettes.`
    )
  }
  if (Option.isNone(root)) {
    const known = yield* systemctl("list-unit-files", "--no-legend", "--plain", "chaussettes*")
    if (known.trim() === "") return yield* failed("Chaussettes is not installed here: it has no services.")
    yield* systemctl("stop", target, "chaussettes-*")
    yield* systemctl("disable", target, ...(yield* enabledShips))
  }
  yield* Effect.try({
    try: () => {
      removeUnits(places)
      removeProgram(places)
      if (purge) for (const path of [places.settings, ...places.kept]) rmSync(path, { recursive: true, force: true })
    },
    catch: (error) => failed(`Cannot remove all of it: ${reasonOf(error)}.`, error)
  })
  if (Option.isNone(root)) yield* systemctl("daemon-reload")
  process.stderr.write(
    purge
      ? "Removed, with all stored data.\n"
      : `Removed. Stored data stays in /var/lib/private/chaussettes-*, settings and passwords in ${places.settings}: uninstall --purge deletes them.\n`
  )
})

/** The instances of ship that start with the machine. */
const enabledShips = Effect.map(
  systemctl("list-units", "--all", "--no-legend", "--plain", "chaussettes-ship@*"),
  (listed) =>
    listed
      .split("\n")
      .map((line) => line.trim().split(/\s+/)[0]!)
      .filter((unit) => unit !== "")
)
