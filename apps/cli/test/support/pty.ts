import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { mainFile, type Program, projectFolder, start } from "@chaussettes/testing"

/** `script` of util-linux runs a program on a terminal of its own; those of other systems take other flags. */
export const hasPty = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "")

export interface OnTerminal extends Program {
  /** The lines of the newest frame, without colours. */
  readonly screen: () => ReadonlyArray<string>
  readonly press: (keys: string) => void
  readonly resize: (columns: number, rows: number) => void
}

const home = "\u001b[H"
const plain = (text: string): string => text.replace(/\u001b\[[\d;?]*[A-Za-z]/g, "").replaceAll("\r", "")

/** The command from source on a terminal of that size. `ttyFile` is where the terminal's own name is put. */
export const startOnTerminal = (
  args: ReadonlyArray<string>,
  size: { readonly columns: number; readonly rows: number },
  ttyFile: string,
  env: NodeJS.ProcessEnv = {}
): OnTerminal => {
  const command = [process.execPath, mainFile, ...args].map((word) => `'${word}'`).join(" ")
  const shell = `tty >'${ttyFile}'; stty cols ${size.columns} rows ${size.rows}; exec ${command}`
  const program = start("script", ["-qefc", shell, "/dev/null"], {
    cwd: projectFolder,
    env: { TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    input: "open"
  })
  return {
    ...program,
    screen: () => {
      const frames = program.stdout().split(home)
      return frames.length < 2 ? [] : plain(frames.at(-1)!).split("\n")
    },
    press: (keys) => void program.child.stdin!.write(keys),
    resize: (columns, rows) =>
      void spawnSync("stty", ["-F", readFileSync(ttyFile, "utf8").trim(), "cols", `${columns}`, "rows", `${rows}`])
  }
}
