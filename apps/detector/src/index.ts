export { analyzeCommand } from "./analyze/command.ts"
export { detectCommand } from "./detect/command.ts"
export { alertsCommand, explainCommand, statusCommand } from "./look/commands.ts"
