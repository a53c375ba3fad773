export { analyzeCommand } from "./analyze/command.ts"
