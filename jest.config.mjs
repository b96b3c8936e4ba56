const swc = {
  swcrc: false,
  jsc: {
    target: 'es2022',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'es6' },
  // In files of their own: a suite reads them when something has thrown, and its modules are half as long.
  sourceMaps: true,
};

/** One run of the suites. A run against another Nest is one more call, with a `moduleNameMapper` that leads `@nestjs/*` to that Nest's folder. */
const project = (displayName, { moduleNameMapper, ...others } = {}) => ({
  displayName,
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/lib', '<rootDir>/test'],
  testEnvironment: '<rootDir>/test/environment.mjs',
  resolver: '<rootDir>/test/resolver.mjs',
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: {
    ...moduleNameMapper,
    // One file in place of two hundred, for every suite that has to do with Nest. It has the operators, too: all that Nest imports.
    '^rxjs(?:/operators)?$': '<rootDir>/node_modules/rxjs/dist/bundles/rxjs.umd.js',
    '^nestjs-signalr$': '<rootDir>/lib/index.ts',
    '^nestjs-signalr/(?!package\\.json$)(.+)$': '<rootDir>/lib/$1/index.ts',
  },
  ...others,
});

/** Jest loads no ES modules by `require` on Node 20, and that is how `@nestjs/throttler` loads Nest: what is about it runs on the previous major. */
const nest12 = project('nest-12', { testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/nest/throttler.spec.ts'] });

/** What stands behind the doors never meets Nest; the doors themselves, and all that decorators and modules do, run on both majors. */
const behindTheDoors = [
  'accept',
  'channel-presence',
  'events',
  'hub-history',
  'realtime',
  'reconnect',
  'refresh',
  'same-name',
  'tcp',
  'transports',
  'uploads',
];

/** The previous major of Nest: whoever imports it, deep or not, gets this one. */
const nest11 = project('nest-11', {
  testPathIgnorePatterns: ['/node_modules/', `<rootDir>/test/nest/(${behindTheDoors.join('|')})\\b`],
  testMatch: ['<rootDir>/test/nest/**/*.spec.ts', '<rootDir>/test/e2e/platforms.spec.ts'],
  moduleNameMapper: {
    '^@nestjs/((?:common|core|testing|websockets|platform-[^/]+)(?:/.+)?)$': '<rootDir>/test/nest-11/node_modules/@nestjs/$1',
  },
});

export default {
  // For what hangs, and not for what is slow: machines that run tests are often busy.
  testTimeout: 15_000,
  // Modules are kept until a process ends. With one process for all suites, as on two cores by default, that is gigabytes, and the last ones are slow.
  maxWorkers: 2,
  workerIdleMemoryLimit: '700MB',
  projects: [nest12, nest11],
};
