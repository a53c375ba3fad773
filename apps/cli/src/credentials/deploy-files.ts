import { programFile } from "../program.ts"

/** A file of deploy/ by its name. */
export const deployFile = (name: string): string => programFile("deploy", name)
