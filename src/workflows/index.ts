/** The sandbox bundle's entry: every workflow, and nothing else. */
export { leadWorkflow } from './lead-workflow.js';
