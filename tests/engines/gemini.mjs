// Loads a policy with Gemini CLI's own loader and asks its engine about each tool named.
import { loadPoliciesFromToml } from '@google/gemini-cli-core/dist/src/policy/toml-loader.js';
import { PolicyEngine } from '@google/gemini-cli-core/dist/src/policy/policy-engine.js';
import { ApprovalMode, PolicyDecision } from '@google/gemini-cli-core/dist/src/policy/types.js';

const [file, server, mode, ...tools] = process.argv.slice(2);
const { rules, checkers, errors } = await loadPoliciesFromToml([file], () => 5);
const engine = new PolicyEngine({
  rules,
  checkers,
  defaultDecision: PolicyDecision.ASK_USER,
  approvalMode: mode === 'yolo' ? ApprovalMode.YOLO : ApprovalMode.DEFAULT,
});
const decisions = {};
for (const tool of tools) {
  decisions[tool] = (await engine.check({ name: `mcp_${server}_${tool}`, args: { x: 1 } }, server)).decision;
}
console.log(JSON.stringify({ errors: errors.map((one) => one.errorType), rules: rules.length, decisions }));
