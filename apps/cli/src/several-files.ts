/**
 * A shell makes several words of `--from access.log*`, of which the flag takes the first. Each of the others is given the flag, too, up to the next
 * flag, so that they are not taken for subcommands.
 */

/** Flags that name files, by command. `--from` of other commands is no file. */
const filesOf: { readonly [command: string]: string } = { thresholds: "--from", start: "--logs", install: "--logs" }
/** Words behind files of `thresholds` that say what to do with them; a file of such a name is `./set`. */
const subcommands = ["set", "unset", "what-if", "history"]
const globalFlags = ["--config", "--prefix", "--log-level"]

const commandIn = (args: ReadonlyArray<string>): string | undefined => {
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    if (globalFlags.includes(word)) i++
    else if (!word.startsWith("-")) return word
  }
  return undefined
}

export const withSeveralFiles = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const command = commandIn(args) ?? ""
  const flag = Object.hasOwn(filesOf, command) ? filesOf[command]! : undefined
  if (flag === undefined) return args
  const end = args.indexOf("--")
  const [before, behind] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end)]
  /** Whether the next word is the flag's own, one more file, or neither. */
  let next: "value" | "more" | "other" = "other"
  const spread = before.flatMap((word) => {
    if (next === "value") {
      next = "more"
      return [word]
    }
    if (word === flag) next = "value"
    else if (word.startsWith(`${flag}=`)) next = "more"
    else if (next === "more" && word !== "-" && word.startsWith("-")) next = "other"
    else if (next === "more" && !(command === "thresholds" && subcommands.includes(word))) return [flag, word]
    else next = "other"
    return [word]
  })
  return [...spread, ...behind]
}
