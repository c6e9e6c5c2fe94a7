/** Who may import whom: docs/architecture.md, "Places". */
const server = '^(domain|workflows|activities|workers|api|db|integrations|messages|telemetry|config|cli)/';
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: server, pathNot: allowed },
});
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    only('domain-is-pure', '^domain/', '^domain/', 'domain imports itself and pure libraries'),
    {
      name: 'domain-no-io',
      severity: 'error',
      from: { path: '^domain/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'hashing-in-one-place',
      severity: 'error',
      from: { path: '^domain/', pathNot: '^domain/kernel/hash\\.ts$' },
      to: { path: '^(node:)?crypto$' },
    },
    {
      name: 'holidays-only-at-import',
      severity: 'error',
      from: { path: '^(domain|api|workers|activities|db|cli)/', pathNot: '^domain/time/import\\.ts$' },
      to: { path: 'node_modules/date-holidays' },
    },
    {
      name: 'processes-meet-in-the-registry',
      comment: 'a process knows another one only through its lookups, effects and shared facts',
      severity: 'error',
      from: { path: '^domain/(contract|onboarding|document|remote-access|access-session)/rules\\.ts$' },
      to: { path: '^domain/(contract|onboarding|document|remote-access|access-session)/rules\\.ts$' },
    },
    {
      name: 'workflows-are-alone',
      comment: 'type imports of activities are erased and do not count',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: server, pathNot: '^(workflows|messages)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-no-builtins',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { dependencyTypes: ['core'] },
    },
    only(
      'db-side',
      '^(db|integrations)/',
      '^(domain|db|integrations|messages|config)/',
      'db and integrations never reach up',
    ),
    only(
      'api-side',
      '^api/',
      '^((domain|db|messages|telemetry|api|config)/|workflows/messages|integrations/(mail/report|paging/(port|report)|ticketing/event|webhooks/signed|signing/|files/))',
      'the API knows neither workflows nor activities',
    ),
    only(
      'activities-side',
      '^activities/',
      '^((domain|db|integrations|messages|activities)/|workflows/messages)',
      'activities do not read the environment',
    ),
    only(
      'telemetry-side',
      '^telemetry/',
      '^(domain|db|telemetry)/',
      'what is measured is handed to it; it asks nobody but the store',
    ),
    only(
      'cli-side',
      '^cli/',
      '^(domain/(processes|time|policy|contract/(contract-file|adoption)|document/kinds|files/|kernel|audit)|cli|config)',
      'the CLI talks HTTP',
    ),
    { name: 'not-to-test', severity: 'error', from: { path: server }, to: { path: '^(bench|test)/' } },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: server },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types/', dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
