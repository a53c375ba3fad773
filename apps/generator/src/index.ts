export { generateCommand } from "./generate/command.ts"
export { replayCommand } from "./replay/command.ts"
export { shipCommand } from "./ship/command.ts"
