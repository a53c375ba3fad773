export { analyzeCommand } from "./analyze/command.ts"
export { detectCommand } from "./detect/command.ts"
