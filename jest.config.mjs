const transform = {
  '\\.[cm]?[jt]sx?$': [
    '@swc/jest',
    { jsc: { target: 'es2024', parser: { syntax: 'typescript', tsx: true } }, module: { type: 'commonjs' } },
  ],
}
/** Packages that are ES modules only, which jest has to transform. */
const esModules = ['thumbhash', 'pixelmatch', 'client-zip']
const project = (name, testMatch, more = {}) => ({
  displayName: name,
  testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
  transform,
  transformIgnorePatterns: [`node_modules/(?!(${esModules.join('|')})/)`],
  modulePathIgnorePatterns: ['<rootDir>/functions/lib', '<rootDir>/web/dist', '<rootDir>/.darkroom'],
  testEnvironment: 'node',
  ...more,
})

export default {
  testTimeout: 60_000,
  maxConcurrency: 3,
  projects: [
    project('unit', [
      'functions/src/**/*.test.ts',
      'web/src/**/*.test.{ts,tsx}',
      'stack/**/*.test.ts',
      'demo/**/*.test.ts',
      'provision/**/*.test.ts',
      'deploy/**/*.test.ts',
      'tests/unit/**/*.test.ts',
      'tests/golden/**/*.test.ts',
    ]),
    project('rules', ['tests/rules/**/*.test.ts'], {
      globalSetup: '<rootDir>/tests/rules/global-setup.ts',
      globalTeardown: '<rootDir>/tests/rules/global-teardown.ts',
    }),
    project('emulator', ['tests/emulator/**/*.test.ts']),
    project('faults', ['tests/faults/**/*.test.ts']),
    project('browser', ['tests/browser/**/*.test.ts']),
  ],
}
