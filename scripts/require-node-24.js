/** Run before other scripts, by whatever Node the machine has: says clearly when that is too old for the sources. */
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `Sluice runs its TypeScript sources directly, for which this Node (${process.version}) is too old. ` +
      'The package `node` normally brings Node 24 along: run `npm ci` without --ignore-scripts or --omit, ' +
      'or install Node 24.\n',
  );
  process.exit(1);
}
