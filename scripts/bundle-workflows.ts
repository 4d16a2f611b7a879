/** `npm run bundle -- FILE`: bundles the workflow code once for many workers; see WORKER_WORKFLOW_BUNDLE. */
import { bundleWorkflows } from '../temporal/workflow-bundle.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('npm run bundle -- FILE\n');
  process.exit(2);
}
await bundleWorkflows(file);
